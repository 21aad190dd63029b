import random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.jobs.consensus import ConsensusPolicy, choices_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.work import consensus_fitting
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.consensus_models import ConsensusDue, ConsensusModel, ConsensusWorker, ItemConsensus
from marketplace.work.consensus_queries import ConsensusLine, item_consensus, job_consensus
from marketplace.work.models import Batch
from marketplace.work.results import results
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.consensus import find_consensus
from tests.builders.work import Market, accept_all, make_market, make_organization, make_worker, open_batch


def make_job(session: Session, *, method: str = "majority", items: int = 4, each: int = 3) -> tuple[Market, Batch]:
    market = make_market(session, items_count=items, redundancy=each, consensus=ConsensusPolicy(method))
    return market, open_batch(session, market, items_per_task=items)


def give(session: Session, batch: Batch, worker: Actor, labels: list[str]) -> Claimed:
    """The worker answers all items of the task, in their order."""
    claimed = claim_next(session, worker, batch.id)
    contents = {item.id: {"label": label} for item, label in zip(claimed.items, labels, strict=True)}
    submit(session, worker, claimed.id, contents, 1)
    return claimed


def accept(session: Session, market: Market, claimed: Claimed) -> None:
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))


def answer(session: Session, market: Market, batch: Batch, labels: list[str], worker: Actor | None = None) -> Claimed:
    claimed = give(session, batch, worker or make_worker(session), labels)
    accept(session, market, claimed)
    return claimed


def found(session: Session, market: Market) -> list[ConsensusLine]:
    return list(job_consensus(session, market.requester, market.job.id, limit=100).data)


def test_the_majority_of_accepted_answers_is_the_consensus_with_its_provenance(session: Session) -> None:
    market, batch = make_job(session, items=2)
    for labels in (["good", "bad"], ["good", "good"], ["bad", "good"]):
        answer(session, market, batch, labels)
    find_consensus(session)
    first, second = found(session, market)
    assert (first.value, second.value) == ({"label": "good"}, {"label": "good"})
    assert first.confidence == pytest.approx(2 / 3, abs=1e-6)
    assert first.agreement == pytest.approx(1 / 3, abs=1e-6)
    assert [part.agreement for part in first.answers] == [1.0, 1.0, 0.0]
    assert [part.weight for part in first.answers] == [1.0, 1.0, 1.0]
    assert (first.method, first.model_version, first.guideline_version, first.version) == ("majority", None, 1, 1)
    assert item_consensus(session, market.requester, first.item_id) == first


def test_where_no_side_won_there_is_no_value_but_how_divided_the_answers_are(session: Session) -> None:
    market, batch = make_job(session, items=1, each=2)
    for label in ("good", "bad"):
        answer(session, market, batch, [label])
    find_consensus(session)
    (line,) = found(session, market)
    assert (line.value, line.confidence, line.agreement) == (None, 0.5, 0.0)
    assert [part.agreement for part in line.answers] == [None, None]
    (row,) = session.scalars(select(ItemConsensus).where(ItemConsensus.value.is_(None)))
    assert row.agreements == []


def test_only_items_with_newly_decided_answers_are_looked_at_and_their_version_grows(session: Session) -> None:
    market, batch = make_job(session, items=3)
    answer(session, market, batch, ["good", "good", "good"])
    assert find_consensus(session) == 3
    assert find_consensus(session) == 0
    waiting = give(session, batch, make_worker(session), ["good", "bad", "bad"])
    assert find_consensus(session) == 0, "what waits for review is no part of it"
    waits = accept_all(session, waiting.id)
    decide_answers(session, market.reviewer, waiting.id, waits[:1])
    assert find_consensus(session) == 1
    assert sorted(line.version for line in found(session, market)) == [1, 1, 2]
    assert session.scalar(select(func.count()).select_from(ConsensusDue)) == 0


def test_an_item_that_is_due_again_with_nothing_new_keeps_its_version(session: Session) -> None:
    market, batch = make_job(session, items=1)
    answer(session, market, batch, ["good"])
    find_consensus(session)
    (line,) = found(session, market)
    session.add(ConsensusDue(job_id=market.job.id, item_id=line.item_id))
    session.flush()
    find_consensus(session)
    assert found(session, market) == [line]


def test_rule_7_a_rejected_answer_is_no_part_of_the_consensus_and_does_not_show_in_it(session: Session) -> None:
    market, batch = make_job(session, items=1)
    answer(session, market, batch, ["good"])
    rejected = give(session, batch, make_worker(session), ["bad"])
    (verdict,) = accept_all(session, rejected.id)
    reason = Verdict(verdict.answer_id, "reject", category="wrong_label", comment="It is good.", rule="G1")
    decide_answers(session, market.reviewer, rejected.id, [reason])
    find_consensus(session)
    (line,) = found(session, market)
    assert line.value == {"label": "good"}
    assert (line.agreement, line.confidence, len(line.answers)) == (None, None, 1)
    assert verdict.answer_id not in {part.answer_id for part in line.answers}


def test_what_is_paid_but_not_used_is_no_part_of_the_consensus(session: Session) -> None:
    market, batch = make_job(session, items=1)
    unused = give(session, batch, make_worker(session), ["bad"])
    (verdict,) = accept_all(session, unused.id)
    spared = Verdict(verdict.answer_id, "pay_not_use", category="wrong_label", comment="Not what we need.", rule="G1")
    decide_answers(session, market.reviewer, unused.id, [spared])
    assert find_consensus(session) == 0
    assert found(session, market) == []


def test_a_reviewers_correction_counts_in_place_of_the_answer_and_the_worker_disagrees_with_it(
    session: Session,
) -> None:
    market, batch = make_job(session, items=1)
    claimed = give(session, batch, make_worker(session), ["bad"])
    (verdict,) = accept_all(session, claimed.id)
    fixed = Verdict(verdict.answer_id, "accept", correction={"label": "good"})
    decide_answers(session, market.reviewer, claimed.id, [fixed])
    find_consensus(session)
    (line,) = found(session, market)
    assert line.value == {"label": "good"}
    assert [part.agreement for part in line.answers] == [0.0]


def test_results_tell_the_same_consensus(session: Session) -> None:
    market, batch = make_job(session, items=1)
    for label in ("good", "good", "bad"):
        answer(session, market, batch, [label])
    before = results(session, market.requester, market.job.id).data
    assert {line.consensus is None for line in before} == {True}
    find_consensus(session)
    lines = results(session, market.requester, market.job.id).data
    assert [line.consensus for line in lines] == [{"label": "good"}] * 3
    assert [line.agreement for line in lines] == [pytest.approx(1 / 3, abs=1e-6)] * 3


def test_others_learn_nothing_of_a_jobs_consensus(session: Session) -> None:
    market, batch = make_job(session, items=1)
    answer(session, market, batch, ["good"])
    find_consensus(session)
    (line,) = found(session, market)
    (stranger,) = make_organization(session, "client", "requester")
    for read in (
        lambda: item_consensus(session, stranger, line.item_id),
        lambda: job_consensus(session, stranger, market.job.id),
    ):
        with pytest.raises(DomainError) as refused:
            read()
        assert refused.value.slug == "not_found"


def crowd_job(session: Session, method: str, *, items: int = 40) -> tuple[Market, list[str], list[Actor]]:
    """Two workers who are nearly always right, three who guess; all answer every item."""
    draw = random.Random(4)
    truth = [draw.choice(["good", "bad"]) for _ in range(items)]
    market, batch = make_job(session, method=method, items=items, each=5)
    workers = [make_worker(session) for _ in range(5)]
    for place, worker in enumerate(workers):
        right = 0.97 if place < 2 else 0.4
        other = {"good": "bad", "bad": "good"}
        labels = [label if draw.random() < right else other[label] for label in truth]
        answer(session, market, batch, labels, worker)
    return market, truth, workers


def share_right(lines: list[ConsensusLine], truth: list[str]) -> float:
    by_ordinal = {line.ordinal: line.value for line in lines}
    return sum(by_ordinal[place] == {"label": label} for place, label in enumerate(truth, 1)) / len(truth)


def test_a_worker_who_disagrees_with_most_weighs_less(session: Session) -> None:
    items = 24
    market, batch = make_job(session, method="weighted", items=items, each=4)
    good = [make_worker(session) for _ in range(3)]
    for worker in good:
        answer(session, market, batch, ["good", "bad"] * (items // 2), worker)
    answer(session, market, batch, ["bad", "good"] * (items // 2))
    find_consensus(session)
    assert {line.confidence for line in found(session, market)} == {0.75}
    consensus_fitting.fit_one_job(session)
    find_consensus(session)
    lines = found(session, market)
    assert {(line.method, line.model_version) for line in lines} == {("weighted", 1)}
    assert {tuple(round(part.weight, 3) for part in line.answers) for line in lines} == {(0.962, 0.962, 0.962, 0.038)}
    assert [line.confidence for line in lines] == [pytest.approx(75 / 76, abs=1e-6)] * items


@pytest.mark.parametrize("method", ["dawid_skene_one_coin", "dawid_skene"])
def test_a_model_of_the_workers_is_right_more_often_than_the_majority(session: Session, method: str) -> None:
    market, truth, workers = crowd_job(session, method)
    find_consensus(session)
    by_majority = found(session, market)
    assert {line.method for line in by_majority} == {"majority"}, "nothing is learned yet"
    assert consensus_fitting.fit_one_job(session) == 1
    assert find_consensus(session) == len(truth), "all are looked at again"
    lines = found(session, market)
    assert {(line.method, line.model_version) for line in lines} == {(method, 1)}
    assert share_right(lines, truth) > share_right(by_majority, truth) + 0.1
    weights = {row.worker_id: row.weight for row in session.scalars(select(ConsensusWorker))}
    good, poor = workers[:2], workers[2:]
    assert min(weights[one.person] for one in good) > max(weights[one.person] for one in poor)
    assert consensus_fitting.fit_one_job(session) == 0, "there is nothing new"


def test_with_few_items_the_majority_decides_whatever_the_method(session: Session) -> None:
    market, batch = make_job(session, method="dawid_skene", items=2)
    for labels in (["good", "bad"], ["good", "bad"], ["bad", "bad"]):
        answer(session, market, batch, labels)
    find_consensus(session)
    assert consensus_fitting.fit_one_job(session) == 1
    assert consensus_fitting.fit_one_job(session) == 0
    assert {line.method for line in found(session, market)} == {"majority"}
    assert session.scalars(select(ConsensusModel.version)).one() == 0


def test_an_answer_that_comes_after_the_fit_is_found_by_the_model(session: Session) -> None:
    items = 30
    market, batch = make_job(session, method="dawid_skene_one_coin", items=items, each=3)
    for _ in range(2):
        answer(session, market, batch, ["good", "bad"] * (items // 2))
    find_consensus(session)
    consensus_fitting.fit_one_job(session)
    find_consensus(session)
    newcomer = give(session, batch, make_worker(session), ["bad"] * items)
    decide_answers(session, market.reviewer, newcomer.id, accept_all(session, newcomer.id)[:3])
    assert find_consensus(session) == 3
    changed = [row for row in session.scalars(select(ItemConsensus)) if row.version == 3]
    assert len(changed) == 3
    assert {row.model_version for row in changed} == {1}


@pytest.mark.parametrize(
    ("policy", "kind", "schema", "code"),
    [
        ("oracle", "text_classification", {"classes": ["a", "b"]}, "unknown_choice"),
        ("dawid_skene", "image_boxes", {"classes": ["a", "b"]}, "not_for_this_kind"),
        ("dawid_skene_one_coin", "text_classification", {"classes": ["a", "b"], "multiple": True}, "not_for_this_kind"),
        ("dawid_skene", "text_classification", {"classes": ["a"]}, "not_for_this_kind"),
        ("dawid_skene", "text_classification", {"classes": [f"c{n}" for n in range(51)]}, "too_many_classes"),
    ],
)
def test_a_method_that_does_not_fit_the_answers_is_refused(
    session: Session, policy: str, kind: str, schema: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        make_market(session, kind=kind, label_schema=schema, consensus=ConsensusPolicy(policy))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/consensus/method", code)]


def test_a_choice_between_two_answers_may_be_modeled() -> None:
    assert choices_of("preference", {"tie": True}) == ("a", "b", "tie")
    assert choices_of("text_classification", {"classes": ["x", "y"]}) == ("x", "y")
    assert choices_of("free_text", {}) == ()
