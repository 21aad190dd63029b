"""In which order batches are offered, and when one leaves the line and comes back."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.work import holding, leases, queueing
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.queueing import set_priority
from marketplace.work.releasing import release
from tests.builders.screening import days_pass
from tests.builders.work import Market, make_market, make_organization, make_worker, open_batch


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=12)


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def left(session: Session, batch: Batch) -> bool:
    return session.scalars(select(Batch.seats_left).where(Batch.id == batch.id)).one()


def test_a_higher_priority_comes_first_and_then_the_older(session: Session, market: Market, worker: Actor) -> None:
    plain = open_batch(session, market, items=1)
    urgent = open_batch(session, market, items=1, priority=5)
    later = open_batch(session, market, items=1, priority=5)
    assert [claim_next(session, worker).batch_id for _ in range(3)] == [urgent.id, later.id, plain.id]


def test_a_priority_can_be_changed_by_who_opened_the_batch(session: Session, market: Market, worker: Actor) -> None:
    first, second = open_batch(session, market, items=2), open_batch(session, market, items=2)
    assert set_priority(session, market.requester, second.id, 1).priority == 1
    assert claim_next(session, worker).batch_id == second.id
    set_priority(session, market.requester, second.id, 0)
    assert claim_next(session, worker).batch_id == first.id
    with pytest.raises(DomainError, match="tasks_invalid") as refused:
        set_priority(session, market.requester, first.id, 10)
    assert [error.pointer for error in refused.value.errors] == ["/priority"]
    (stranger,) = make_organization(session, "client", "requester")
    for actor, batch_id in ((stranger, first.id), (market.requester, new_id())):
        with pytest.raises(DomainError, match="not_found"):
            set_priority(session, actor, batch_id, 3)
    with pytest.raises(DomainError, match="tasks_invalid"):
        open_batch(session, market, items=1, priority=-1)


def test_nothing_waits_for_ever_behind_what_is_opened_later_with_a_higher_priority(
    session: Session, market: Market, worker: Actor
) -> None:
    plain = open_batch(session, market, items=1)
    days_pass(session, 8)
    urgent = open_batch(session, market, items=1, priority=9)
    days_pass(session, 2)
    later = open_batch(session, market, items=1, priority=9)
    assert [claim_next(session, worker).batch_id for _ in range(3)] == [urgent.id, plain.id, later.id]


def test_a_batch_whose_tasks_are_all_taken_leaves_the_line_and_comes_back_with_a_seat(
    session: Session, market: Market, worker: Actor
) -> None:
    batch, other = open_batch(session, market, items=1), open_batch(session, market, items=1)
    held = claim_next(session, worker, batch.id)
    assert left(session, batch)
    assert queueing.sort_out(session) == 1
    assert (left(session, batch), left(session, other)) == (False, True)
    assert queueing.sort_out(session) == 0
    holding.give_back(session, worker, held.id)
    assert left(session, batch)
    assert claim_next(session, make_worker(session)).batch_id == batch.id
    queueing.sort_out(session)
    days_pass(session, 30)
    assert leases.expire(session) == 1
    assert left(session, batch)


def test_a_batch_out_of_line_comes_back_when_more_seats_are_paid_for(session: Session, worker: Actor) -> None:
    market = make_market(session, items_count=3, funded="1.00")
    batch = open_batch(session, market)
    claim_next(session, worker)
    queueing.sort_out(session)
    assert not left(session, batch)
    reserve.fund(session, market.requester, market.job.id, Money.parse("1.00", "USD"))
    release(session, market.job)
    assert left(session, batch)
    assert claim_next(session, worker).batch_id == batch.id


def test_what_was_put_out_of_line_by_mistake_is_put_back(session: Session, market: Market) -> None:
    batch = open_batch(session, market)
    session.execute(text("UPDATE batch SET seats_left = false"))
    assert queueing.sort_out(session) == 1
    assert left(session, batch)
