"""Skipping a task: it is never offered to the worker again, has no consequence, and reaches who opened it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.provenance.scorecards import contract_scorecard
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding
from marketplace.work.claiming import claim_next, claim_task
from marketplace.work.models import Answer, Claim, Seat
from marketplace.work.skip_models import SKIP_REASONS
from marketplace.work.skipping import SkipCount, skip, skip_counts
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import Market, answers_to, make_market, make_organization, make_worker, open_batch
from tests.work.test_reviewing import REASONS


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=6)


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def counted(session: Session, actor: Actor, market: Market) -> list[tuple[str, str | None, int]]:
    page: list[SkipCount] = skip_counts(session, actor, market.contract.id).data
    return [(one.reason, one.external_id, one.skips) for one in page]


@pytest.mark.parametrize("reason", SKIP_REASONS)
def test_a_skipped_task_is_free_for_others_and_never_offered_to_the_worker_again(
    session: Session, market: Market, worker: Actor, reason: str
) -> None:
    batch = open_batch(session, market, items=2)
    claimed = claim_next(session, worker, batch.id)
    assert skip(session, worker, claimed.id, reason).state == "returned"
    assert claim_next(session, worker, batch.id).task_id != claimed.task_id
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker, batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_task(session, worker, claimed.task_id)
    assert claim_next(session, make_worker(session), batch.id).task_id == claimed.task_id


def test_what_was_given_back_without_a_reason_is_offered_again(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, items=1)
    claimed = claim_next(session, worker, batch.id)
    holding.give_back(session, worker, claimed.id)
    assert claim_next(session, worker, batch.id).task_id == claimed.task_id


def test_who_opened_the_task_reads_reasons_and_items_and_not_who_it_was(
    session: Session, market: Market, worker: Actor
) -> None:
    batch = open_batch(session, market, items_per_task=2)
    for someone in (worker, make_worker(session)):
        claimed = claim_next(session, someone, batch.id)
        skip(session, someone, claimed.id, "broken_item", claimed.items[1].id)
    skip(session, worker, claim_next(session, worker, batch.id).id, "distressing")
    assert counted(session, market.requester, market) == [
        ("broken_item", "text-0000002", 2),
        ("distressing", None, 1),
    ]
    (stranger,) = make_organization(session, "client", "requester")
    assert counted(session, stranger, market) == []
    first = skip_counts(session, market.requester, market.contract.id, limit=1)
    second = skip_counts(session, market.requester, market.contract.id, limit=1, cursor=first.next_cursor)
    assert [one.reason for one in (*first.data, *second.data)] == ["broken_item", "distressing"]
    assert second.next_cursor is None
    logged = session.scalars(text("SELECT convert_from(body, 'UTF8') FROM audit_event")).all()
    assert not any("distressing" in body for body in logged)


def test_a_broken_item_is_named_unless_there_is_only_one(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, items=4, items_per_task=2)
    other = open_batch(session, market, items=2)
    claimed, single = claim_next(session, worker, batch.id), claim_next(session, worker, other.id)
    for reason, item_id, pointer in (
        ("broken_item", None, "/item_id"),
        ("broken_item", single.items[0].id, "/item_id"),
        ("too_hard", single.items[0].id, "/item_id"),
        ("boring", None, "/reason"),
    ):
        with pytest.raises(DomainError, match="invalid") as refused:
            skip(session, worker, claimed.id, reason, item_id)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    skip(session, worker, single.id, "broken_item")
    assert counted(session, market.requester, market) == [("broken_item", "text-0000005", 1)]


def test_only_a_first_attempt_of_ones_own_is_skipped(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, items=2)
    claimed = claim_next(session, worker, batch.id)
    with pytest.raises(DomainError, match="not_found"):
        skip(session, make_worker(session), claimed.id, "other")
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    with pytest.raises(DomainError, match="state_conflict"):
        skip(session, worker, claimed.id, "other")
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "redo", **REASONS)])
    with pytest.raises(DomainError, match="skip_redo"):
        skip(session, worker, claimed.id, "other")


def test_skips_are_never_counted_in_a_scorecard(session: Session, market: Market, worker: Actor) -> None:
    """Rule 11: what is skipped has no effect."""
    batch = open_batch(session, market)
    before = contract_scorecard(session, market.requester, market.contract.id)
    for _ in range(4):
        skip(session, worker, claim_next(session, worker, batch.id).id, "too_hard")
    after = contract_scorecard(session, market.requester, market.contract.id)
    assert after == before
    assert session.scalars(select(Claim.state).distinct()).all() == ["returned"]
    assert session.scalars(select(Seat.state).distinct()).all() == ["open"]
