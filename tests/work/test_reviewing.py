import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs import guidelines
from marketplace.jobs.drafts import GuidelineDraft
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.work import accepting, holding, leases, queries, review_queries, review_queue
from marketplace.work.attempts import AnswerAttempt
from marketplace.work.claiming import Claimed
from marketplace.work.models import Answer, Claim, Review, Seat, Task
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import (
    Market,
    answers_to,
    claim_and_submit,
    make_market,
    make_organization,
    make_worker,
    open_batch,
)
from tests.work.test_submitting import pass_time

REASONS: dict[str, Any] = {"category": "wrong_label", "comment": "It is meant the other way.", "rule": "G1"}


def answers_of(session: Session, claimed: Claimed) -> list[Answer]:
    wanted = select(Answer).where(Answer.claim_id == claimed.id).order_by(Answer.ordinal)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def submitted(session: Session, items: int = 1, **overrides: object) -> tuple[Market, Actor, Claimed, list[Answer]]:
    """A claim of that many items with its answers in."""
    market = make_market(session, items_count=items, **overrides)  # type: ignore[arg-type]
    batch = open_batch(session, market, items_per_task=items, lease_seconds=600)
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, batch)
    return market, worker, claimed, answers_of(session, claimed)


def test_verdicts_are_given_item_by_item(session: Session) -> None:
    market, _, claimed, answers = submitted(session, 4)
    verdicts = [
        Verdict(answers[0].id, "accept"),
        Verdict(answers[1].id, "pay_not_use", "not_needed", "There is one already."),
        Verdict(answers[2].id, "redo", "imprecise", "Look again."),
        Verdict(answers[3].id, "reject", **REASONS),
    ]
    decisions = decide_answers(session, market.reviewer, claimed.id, verdicts)
    assert [a.id for a in decisions.payable] == [answers[0].id, answers[1].id]
    assert [a.id for a in decisions.redo] == [answers[2].id]
    assert [a.id for a in decisions.rejected] == [answers[3].id]
    states = [a.state for a in answers_of(session, claimed)]
    assert states == ["accepted", "paid_not_used", "redo_requested", "rejected"]
    assert (decisions.claim.state, decisions.claim.attempt) == ("claimed", 2)


def test_a_claim_is_decided_when_nothing_waits_any_more(session: Session) -> None:
    market, _, claimed, answers = submitted(session, 2)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "accept")])
    claim = session.get_one(Claim, claimed.id)
    assert claim.state == "submitted"
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[1].id, "reject", **REASONS)])
    assert (claim.state, claim.decided_at is not None) == ("decided", True)
    assert [seat.state for seat in session.scalars(select(Seat))] == ["done"]
    assert [task.state for task in session.scalars(select(Task))] == ["done"]


def test_a_task_is_done_when_its_last_seat_is_decided(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=2)
    batch = open_batch(session, market)
    for expected in ("open", "done"):
        claimed, _ = claim_and_submit(session, make_worker(session), batch)
        verdicts = [Verdict(answer.id, "accept") for answer in answers_of(session, claimed)]
        decide_answers(session, market.reviewer, claimed.id, verdicts)
        tasks = session.scalars(select(Task).execution_options(populate_existing=True))
        assert [task.state for task in tasks] == [expected]


def test_no_verdict_is_given_twice(session: Session) -> None:
    market, _, claimed, answers = submitted(session)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "accept")])
    with pytest.raises(DomainError, match="state_conflict"):
        decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "reject", **REASONS)])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"category": None}, "/verdicts/0/category"),
        ({"category": "because"}, "/verdicts/0/category"),
        ({"comment": " "}, "/verdicts/0/comment"),
        ({"rule": None}, "/verdicts/0/rule"),
        ({"rule": "G2"}, "/verdicts/0/rule"),
    ],
)
def test_a_rejection_needs_category_comment_and_a_rule_of_the_frozen_guideline(
    session: Session, change: dict[str, str], pointer: str
) -> None:
    market, _, claimed, answers = submitted(session)
    with pytest.raises(DomainError, match="rejection_unfounded") as refused:
        decide_answers(
            session, market.reviewer, claimed.id, [Verdict(answers[0].id, "reject", **{**REASONS, **change})]
        )
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert answers_of(session, claimed)[0].state == "submitted"


def test_where_a_guideline_has_no_rules_it_is_said_that_nothing_can_be_rejected(session: Session) -> None:
    market = make_market(session, items_count=1)
    guidelines.add_version(session, market.requester, market.job.id, GuidelineDraft("Read it twice.", ()))
    claimed, _ = claim_and_submit(session, make_worker(session), open_batch(session, market, items_per_task=1))
    rejection = Verdict(answers_of(session, claimed)[0].id, "reject", **REASONS)
    with pytest.raises(DomainError, match="rejection_unfounded") as refused:
        decide_answers(session, market.reviewer, claimed.id, [rejection])
    assert [(e.pointer, "nothing can be rejected" in e.message) for e in refused.value.errors] == [
        ("/verdicts/0/rule", True)
    ]


def test_nobody_reviews_their_own_answers(session: Session) -> None:
    market, worker, claimed, answers = submitted(session)
    himself = Actor(
        worker.person_id, market.reviewer.organization_id, "client", market.reviewer.roles,
        market.reviewer.permissions, "session", "both",
    )  # fmt: skip
    with pytest.raises(DomainError, match="review_own_answer"):
        decide_answers(session, himself, claimed.id, [Verdict(answers[0].id, "accept")])
    assert review_queue.queue(session, himself).data == []


def test_another_organization_finds_nothing_to_review(session: Session) -> None:
    _, _, claimed, answers = submitted(session)
    (stranger,) = make_organization(session, "subcontractor", "reviewer")
    assert review_queue.queue(session, stranger).data == []
    with pytest.raises(DomainError, match="not_found"):
        decide_answers(session, stranger, claimed.id, [Verdict(answers[0].id, "accept")])
    with pytest.raises(DomainError, match="not_found"):
        review_queries.review_view(session, stranger, claimed.id)


def test_an_answer_of_another_claim_is_not_found(session: Session) -> None:
    market, _, claimed, _ = submitted(session)
    with pytest.raises(DomainError, match="not_found"):
        decide_answers(session, market.reviewer, claimed.id, [Verdict(new_id(), "accept")])


def test_a_redo_is_for_the_same_worker_and_asks_only_what_was_sent_back(session: Session) -> None:
    market, worker, claimed, answers = submitted(session, 2)
    pass_time(session, 5000)
    verdicts = [Verdict(answers[0].id, "accept"), Verdict(answers[1].id, "redo", "imprecise", "Look again.")]
    decisions = decide_answers(session, market.reviewer, claimed.id, verdicts)
    assert decisions.claim.lease_until == decisions.decided_at + dt.timedelta(seconds=600)
    view = queries.claim_view(session, worker, claimed.id)
    assert [item.id for item in view.items_to_answer] == [answers[1].item_id]
    with pytest.raises(DomainError, match="answers_invalid"):
        submit(session, worker, claimed.id, answers_to(claimed, "bad"), 2)
    replayed = submit(session, worker, claimed.id, answers_to(claimed), 1)
    assert replayed.replayed
    again = submit(session, worker, claimed.id, {answers[1].item_id: {"label": "bad"}}, 2)
    assert again.answer_count == 1
    first, second = answers_of(session, claimed)
    assert (first.state, first.attempt) == ("accepted", 1)
    assert (second.state, second.attempt, second.content) == ("submitted", 2, {"label": "bad"})
    kept = session.get_one(AnswerAttempt, (second.id, 1))
    assert kept.content == {"label": "good"}


def test_redo_is_limited_by_the_job(session: Session) -> None:
    market, worker, claimed, answers = submitted(session, redo_max=1)
    redo = Verdict(answers[0].id, "redo", "imprecise", "Look again.")
    decide_answers(session, market.reviewer, claimed.id, [redo])
    submit(session, worker, claimed.id, answers_to(claimed, "bad"), 2)
    with pytest.raises(DomainError, match="redo_limit"), session.begin_nested():
        decide_answers(session, market.reviewer, claimed.id, [redo])
    assert decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "accept")]).payable


@pytest.mark.parametrize("ending", ["lease over", "given back"])
def test_a_redo_that_is_not_done_lapses_and_keeps_its_seat(session: Session, ending: str) -> None:
    market, worker, claimed, answers = submitted(session, 2)
    verdicts = [Verdict(answers[0].id, "redo", "imprecise", "Look again.")]
    decide_answers(session, market.reviewer, claimed.id, verdicts)
    if ending == "lease over":
        pass_time(session, 601)
        assert leases.expire(session) == 1
    else:
        holding.give_back(session, worker, claimed.id)
    assert [a.state for a in answers_of(session, claimed)] == ["lapsed", "submitted"]
    claim = session.get_one(Claim, claimed.id)
    assert (claim.state, claim.lease_until) == ("submitted", None)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[1].id, "accept")])
    assert claim.state == "decided"
    assert [seat.state for seat in session.scalars(select(Seat))] == ["done"]


def test_the_queue_shows_the_oldest_submission_first_with_its_timer(session: Session) -> None:
    market = make_market(session, items_count=3, auto_accept_seconds=3600)
    batch = open_batch(session, market)
    claims = []
    for _ in range(3):
        claims.append(claim_and_submit(session, make_worker(session), batch)[0].id)
        pass_time(session, 10)
    page = review_queue.queue(session, market.reviewer, limit=2)
    rest = review_queue.queue(session, market.reviewer, limit=2, cursor=page.next_cursor)
    assert [line.id for line in [*page.data, *rest.data]] == claims
    line = page.data[0]
    assert line.claim.submitted_at is not None
    assert line.auto_accept_at == line.claim.submitted_at + dt.timedelta(hours=1)


def test_a_reviewer_sees_how_well_answers_to_an_item_agree(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=2)
    batch = open_batch(session, market)
    first, _ = claim_and_submit(session, make_worker(session), batch, "good")
    second, _ = claim_and_submit(session, make_worker(session), batch, "bad")
    assert {c.id for c in (first, second)} == {line.id for line in review_queue.queue(session, market.reviewer).data}
    view = review_queries.review_view(session, market.reviewer, second.id)
    assert [answer.agreement for answer in view.answers.values()] == [0.0]


def test_what_waits_too_long_accepts_itself(session: Session) -> None:
    _, _, claimed, _ = submitted(session, auto_accept_seconds=3600)
    assert accepting.jobs_overdue(session) == []
    pass_time(session, 3600)
    assert accepting.jobs_overdue(session) == [claimed.job_id]
    assert accepting.claims_overdue(session, claimed.job_id, 10) == [claimed.id]
    decisions = accept_claims(session, system_actor("auto_accept"), [claimed.id])
    assert list(decisions.accepted) == [claimed.id]
    review = session.scalars(select(Review)).one()
    assert (review.verdict, review.reviewer_person_id) == ("accept", None)


def test_a_worker_sees_verdicts_and_reasons(session: Session) -> None:
    market, worker, claimed, answers = submitted(session)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "reject", **REASONS)])
    view = queries.claim_view(session, worker, claimed.id)
    (review,) = view.answers[answers[0].item_id].reviews
    assert (review.verdict, review.category, review.comment, review.rule) == ("reject", *REASONS.values())
    assert view.guideline is not None
    assert [line.claim.state for line in queries.my_claims(session, worker).data] == ["decided"]
    with pytest.raises(DomainError, match="not_found"):
        queries.claim_view(session, make_worker(session), claimed.id)


def test_a_new_guideline_binds_new_claims_only(session: Session) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    before, _ = claim_and_submit(session, make_worker(session), batch)
    rules = (("N1", "A new rule."),)
    guidelines.add_version(session, market.requester, market.job.id, GuidelineDraft("Read it twice.", rules))
    after, _ = claim_and_submit(session, make_worker(session), batch)
    assert (before.guideline_version, after.guideline_version) == (1, 2)
    for claimed, rule in ((before, "G1"), (after, "N1")):
        (answer,) = answers_of(session, claimed)
        other = {"G1": "N1", "N1": "G1"}[rule]
        with pytest.raises(DomainError, match="rejection_unfounded"):
            decide_answers(session, market.reviewer, claimed.id, [Verdict(answer.id, "reject", "other", "No.", other)])
        decide_answers(session, market.reviewer, claimed.id, [Verdict(answer.id, "reject", "other", "No.", rule)])
