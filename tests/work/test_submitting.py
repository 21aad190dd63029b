import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.work import holding, leases
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim, Seat
from marketplace.work.submitting import submit
from tests.builders.work import answers_to, claim_and_submit, make_market, make_worker, open_batch


def pass_time(session: Session, seconds: int) -> None:
    """Market time goes on."""
    session.execute(
        text("UPDATE market_clock SET ahead_microseconds = ahead_microseconds + :more"), {"more": seconds * 1_000_000}
    )


def test_a_submission_writes_one_answer_an_item(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3), items_per_task=3)
    claimed, submitted = claim_and_submit(session, make_worker(session), batch)
    answers = session.scalars(select(Answer).where(Answer.claim_id == claimed.id).order_by(Answer.ordinal)).all()
    assert [(a.item_id, a.ordinal, a.state, a.attempt) for a in answers] == [
        (item.id, item.ordinal, "submitted", 1) for item in claimed.items
    ]
    assert (submitted.state, submitted.answer_count, submitted.replayed) == ("submitted", 3, False)
    claim = session.get_one(Claim, claimed.id)
    assert (claim.state, claim.lease_until, claim.submitted_at) == ("submitted", None, submitted.submitted_at)


def test_the_same_attempt_with_the_same_answers_may_come_again(session: Session) -> None:
    batch = open_batch(session, make_market(session))
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, batch)
    again = submit(session, worker, claimed.id, answers_to(claimed), 1)
    assert (again.replayed, again.answer_count) == (True, 1)
    with pytest.raises(DomainError, match="attempt_closed"):
        submit(session, worker, claimed.id, answers_to(claimed, "bad"), 1)


def test_answers_that_break_the_schema_are_listed_by_item(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3), items_per_task=3)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    first, second, _ = claimed.items
    stranger = new_id()
    answers = {first.id: {"label": "good"}, second.id: {"label": "ugly"}, stranger: {"label": "good"}}
    with pytest.raises(DomainError, match="answers_invalid") as refused:
        submit(session, worker, claimed.id, answers, 1)
    pointers = {(error.pointer, error.code) for error in refused.value.errors}
    assert pointers == {
        (f"/answers/{public('item', stranger)}", "item_not_expected"),
        (f"/answers/{public('item', second.id)}/label", "class_unknown"),
        (f"/answers/{public('item', claimed.items[2].id)}", "answer_missing"),
    }
    assert session.get_one(Claim, claimed.id).state == "claimed"


def test_nobody_else_can_submit_a_claim(session: Session) -> None:
    batch = open_batch(session, make_market(session))
    claimed = claim_next(session, make_worker(session), batch.id)
    with pytest.raises(DomainError, match="not_found"):
        submit(session, make_worker(session), claimed.id, answers_to(claimed), 1)


def test_after_the_lease_a_submission_is_refused_before_and_after_the_sweep(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=60)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    pass_time(session, 61)
    with pytest.raises(DomainError, match="lease_over"):
        submit(session, worker, claimed.id, answers_to(claimed), 1)
    assert leases.expire(session) == 1
    with pytest.raises(DomainError, match="lease_over"):
        submit(session, worker, claimed.id, answers_to(claimed), 1)
    assert claim_next(session, make_worker(session), batch.id).task_id == claimed.task_id


def test_only_leases_that_are_over_expire(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3), lease_seconds=60)
    worker = make_worker(session)
    first = claim_next(session, worker, batch.id)
    claim_and_submit(session, worker, batch)
    pass_time(session, 59)
    later = claim_next(session, worker, batch.id)
    assert leases.expire(session) == 0
    pass_time(session, 2)
    assert leases.expire(session) == 1
    states = {claim.id: claim.state for claim in session.scalars(select(Claim))}
    assert (states[first.id], states[later.id]) == ("expired", "claimed")


def test_a_claim_given_back_frees_its_seat(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=1))
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    assert holding.give_back(session, worker, claimed.id).state == "returned"
    assert [seat.state for seat in session.scalars(select(Seat))] == ["open"]
    assert claim_next(session, worker, batch.id).task_id == claimed.task_id
    with pytest.raises(DomainError, match="state_conflict"):
        holding.give_back(session, worker, claimed.id)


def test_a_draft_is_kept_until_the_answers_come(session: Session) -> None:
    batch = open_batch(session, make_market(session))
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    draft = {public("item", claimed.items[0].id): {"label": "go"}}
    holding.save_draft(session, worker, claimed.id, draft)
    assert session.get_one(Claim, claimed.id, populate_existing=True).draft == draft
    with pytest.raises(DomainError, match="not_found"):
        holding.save_draft(session, make_worker(session), claimed.id, {})
    with pytest.raises(DomainError, match="draft_too_large"):
        holding.save_draft(session, worker, claimed.id, {"x": "x" * 1_000_001})
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    assert session.get_one(Claim, claimed.id, populate_existing=True).draft is None
    with pytest.raises(DomainError, match="state_conflict"):
        holding.save_draft(session, worker, claimed.id, draft)


def test_a_lease_can_be_prolonged_twice(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=60)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    for _ in range(2):
        pass_time(session, 50)
        until = holding.extend(session, worker, claimed.id).lease_until
        assert until is not None
        assert until > claimed.lease_until + dt.timedelta(seconds=49)
    with pytest.raises(DomainError, match="lease_extensions_used"):
        holding.extend(session, worker, claimed.id)
    pass_time(session, 61)
    with pytest.raises(DomainError, match="lease_over"):
        holding.extend(session, worker, claimed.id)
