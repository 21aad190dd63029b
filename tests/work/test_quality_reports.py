import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.quality_queries import job_quality
from marketplace.work.quality_reports import report_one_job
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.consensus import find_consensus
from tests.builders.work import Market, accept_all, make_market, make_organization, make_worker, open_batch

ITEMS = 4


def answer(session: Session, market: Market, batch: Batch, labels: list[str], *, reject_last: bool = False) -> None:
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    contents = {item.id: {"label": label} for item, label in zip(claimed.items, labels, strict=True)}
    submit(session, worker, claimed.id, contents, 1)
    verdicts = accept_all(session, claimed.id)
    if reject_last:
        last = verdicts.pop()
        verdicts.append(Verdict(last.answer_id, "reject", category="wrong_label", comment="It is good.", rule="G1"))
    decide_answers(session, market.reviewer, claimed.id, verdicts)


@pytest.fixture
def market(session: Session) -> Market:
    """Three workers on four items: two of one mind, the third unlike them once and rejected once."""
    market = make_market(session, items_count=ITEMS, redundancy=3)
    batch = open_batch(session, market, items_per_task=ITEMS)
    answer(session, market, batch, ["good", "good", "bad", "bad"])
    answer(session, market, batch, ["good", "good", "bad", "bad"])
    answer(session, market, batch, ["good", "bad", "bad", "good"], reject_last=True)
    find_consensus(session)
    assert report_one_job(session) == 1
    assert report_one_job(session) == 0, "nothing grew since"
    return market


def test_the_report_counts_answers_and_how_they_agree(session: Session, market: Market) -> None:
    found = job_quality(session, market.requester, market.job.id)
    assert found.job is not None
    job = found.job
    assert (job.answers, job.accepted, job.redone, job.rejected, job.compared) == (12, 11, 0, 1, 11)
    assert job.acceptance_rate == pytest.approx(11 / 12)
    assert job.agreement == pytest.approx(10 / 11)
    assert job.alpha_items == ITEMS
    # By hand: 11 values, 5 good and 6 bad; the one divided item has 2 pairs apart of 3: 1 - 10 * 2 / (2 * 5 * 6).
    assert job.alpha == pytest.approx(1 - 10 * 2 / 60)
    assert job.alpha is not None
    assert job.alpha_low is not None
    assert job.alpha_high is not None
    assert job.alpha_low <= job.alpha <= job.alpha_high


def test_the_report_tells_labels_apart_and_what_they_are_taken_for(session: Session, market: Market) -> None:
    found = job_quality(session, market.requester, market.job.id)
    assert [(line.label, line.accepted, line.agreement) for line in found.labels] == [
        ("bad", 6, pytest.approx(5 / 6)),
        ("good", 5, 1.0),
    ]
    confusion = {(row.given, row.together): row.answers for row in found.confusion}
    assert confusion == {("good", "good"): 5, ("bad", "bad"): 5, ("bad", "good"): 1}


def test_the_report_tells_workers_apart(session: Session, market: Market) -> None:
    workers = job_quality(session, market.requester, market.job.id).workers
    assert sorted((line.accepted, line.rejected, round(line.agreement or 0, 3)) for line in workers) == [
        (3, 1, 0.667),
        (4, 0, 1.0),
        (4, 0, 1.0),
    ]


def test_rule_7_the_label_of_a_rejected_answer_is_in_no_figure_by_label(session: Session, market: Market) -> None:
    found = job_quality(session, market.requester, market.job.id)
    assert sum(line.accepted for line in found.labels) == sum(row.answers for row in found.confusion) == 11


def test_a_contract_is_told_with_all_below_it(session: Session, market: Market) -> None:
    found = job_quality(session, market.requester, market.job.id)
    (line,) = found.contracts
    assert (line.contract_id, line.answers, line.alpha) == (market.contract.id, 12, found.job and found.job.alpha)


def test_strangers_learn_nothing_of_a_jobs_quality(session: Session, market: Market) -> None:
    (stranger,) = make_organization(session, "client", "requester")
    with pytest.raises(DomainError) as refused:
        job_quality(session, stranger, market.job.id)
    assert refused.value.slug == "not_found"


def test_before_the_first_report_there_is_nothing_to_see(session: Session) -> None:
    market = make_market(session)
    found = job_quality(session, market.requester, market.job.id)
    assert (found.computed_at, found.job, list(found.workers)) == (None, None, [])
