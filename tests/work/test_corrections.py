"""Fix and accept, blind review, and what a client learns before publication."""

import pytest
from sqlalchemy.orm import Session

from marketplace.identity import directory
from marketplace.jobs import guidelines
from marketplace.jobs.drafts import GuidelineDraft
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.kernel.errors import DomainError
from marketplace.lifecycle.warnings import warnings_of
from marketplace.settlement.accepting import decide_answers
from marketplace.work import queries, results, review_queries
from marketplace.work.corrections import differences
from marketplace.work.models import Review
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.consensus import find_consensus
from tests.builders.settlement import another
from tests.builders.work import SETUP, answers_to, claim_and_submit, make_market, make_worker, open_batch
from tests.work.test_reviewing import REASONS, answers_of, submitted


def test_a_reviewer_corrects_what_they_accept_and_everybody_sees_both(session: Session) -> None:
    market, worker, claimed, answers = submitted(session, 2)
    fixed = Verdict(answers[0].id, "accept", comment="Irony.", correction={"label": "bad"})
    decisions = decide_answers(session, market.reviewer, claimed.id, [fixed, Verdict(answers[1].id, "accept")])
    assert len(decisions.payable) == 2
    mine = queries.claim_view(session, worker, claimed.id).answers
    view = mine[answers[0].item_id]
    assert view.correction is not None
    assert (view.content, view.correction.content) == ({"label": "good"}, {"label": "bad"})
    assert view.differences == [("/label", "good", "bad")]
    assert mine[answers[1].item_id].correction is None
    first, second = results.results(session, market.requester, market.job.id).data
    assert first.correction is not None
    assert (first.content, first.correction.content) == ({"label": "good"}, {"label": "bad"})
    review = session.get_one(Review, first.correction.review_id)
    assert (review.answer_id, review.reviewer_person_id) == (answers[0].id, market.reviewer.person_id)
    assert (second.correction, second.decided_by) == (None, "reviewer")


@pytest.mark.parametrize(
    ("verdict", "pointer"),
    [
        ({"verdict": "accept", "correction": {"label": "ugly"}}, "/verdicts/0/correction/label"),
        ({"verdict": "accept", "correction": {}}, "/verdicts/0/correction/label"),
        ({"verdict": "accept", "correction": {"label": "good"}}, "/verdicts/0/correction"),
        ({"verdict": "reject", "correction": {"label": "bad"}, **REASONS}, "/verdicts/0/correction"),
    ],
)
def test_a_correction_fits_the_schema_changes_something_and_comes_with_an_accept(
    session: Session, verdict: dict[str, object], pointer: str
) -> None:
    market, _, claimed, answers = submitted(session)
    with pytest.raises(DomainError, match="correction_invalid") as refused:
        decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, **verdict)])  # type: ignore[arg-type]
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert answers_of(session, claimed)[0].state == "submitted"


def test_the_consensus_is_over_what_was_corrected(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=2)
    batch = open_batch(session, market)
    for correction in (None, {"label": "bad"}):
        claimed, _ = claim_and_submit(session, make_worker(session), batch, "bad" if correction is None else "good")
        (answer,) = answers_of(session, claimed)
        verdict = Verdict(answer.id, "accept", correction=correction)
        decide_answers(session, market.reviewer, claimed.id, [verdict])
    find_consensus(session)
    for result in results.results(session, market.requester, market.job.id).data:
        assert (result.agreement, result.consensus) == (0.0, {"label": "bad"})


def test_differences_name_the_deepest_values_that_changed() -> None:
    before = {"boxes": [{"label": "car", "x": 1}, {"label": "bus", "x": 2}], "note": "a"}
    after = {"boxes": [{"label": "car", "x": 3}], "note": "a"}
    assert differences(before, after) == [
        ("/boxes/0/x", 1, 3),
        ("/boxes/1", {"label": "bus", "x": 2}, None),
    ]
    assert differences(before, before) == []


def test_a_blind_reviewer_sees_neither_verdicts_of_others_nor_agreement_before_the_decision(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=2, review=ReviewPolicy(blind=True))
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, batch)
    claim_and_submit(session, make_worker(session), batch, "bad")
    (answer,) = answers_of(session, claimed)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer.id, "redo", **REASONS)])
    submit(session, worker, claimed.id, answers_to(claimed), 2)
    second = another(session, market.reviewer, "reviewer")
    session.expire_all()
    (seen,) = review_queries.review_view(session, second, claimed.id).answers.values()
    assert (seen.reviews, seen.agreement) == ([], None)
    (own,) = review_queries.review_view(session, market.reviewer, claimed.id).answers.values()
    assert ([review.verdict for review in own.reviews], own.agreement) == (["redo"], None)
    assert "event.read" not in second.permissions
    decide_answers(session, second, claimed.id, [Verdict(answer.id, "accept")])
    (seen,) = review_queries.review_view(session, second, claimed.id).answers.values()
    assert ([review.verdict for review in seen.reviews], seen.agreement) == (["redo", "accept"], 0.0)


def test_a_client_is_warned_where_nothing_can_be_rejected_and_nobody_reviews(session: Session) -> None:
    market = make_market(session)
    assert warnings_of(session, market.job) == []
    guidelines.add_version(session, market.requester, market.job.id, GuidelineDraft("Read it twice.", ()))
    assert [warning.code for warning in warnings_of(session, market.job)] == ["no_rules"]
    directory.remove_member(session, SETUP, market.reviewer.person, market.requester.organization, "reviewer")
    assert [warning.code for warning in warnings_of(session, market.job)] == ["no_rules", "no_reviewer"]
