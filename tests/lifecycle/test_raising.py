from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.recording import recomputers
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.jobs.models import Job, JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.completing import complete_jobs
from marketplace.lifecycle.costs import cost_preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.items import add_items
from marketplace.lifecycle.raising import raise_redundancy
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Seat, Task
from marketplace.work.results import progress
from marketplace.work.seat_rounds import SeatRound
from marketplace.work.withdrawing import finish_batches, withdraw
from tests.builders.jobs import text_rows
from tests.builders.payouts import inside
from tests.builders.statements import statements
from tests.builders.work import Market, accept_all, claim_and_submit, give_money, make_market, make_worker, open_batch


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def raised(session: Session, market: Market, redundancy: int) -> Job:
    job = session.get_one(Job, market.job.id)
    return raise_redundancy(session, market.requester, job.id, job.version, redundancy)


def fund(session: Session, market: Market, amount: str) -> None:
    give_money(session, market.requester.organization, usd(amount))
    fund_job(session, market.requester, market.job.id, usd(amount))


def seats(session: Session, batch: Batch) -> list[int]:
    """How many seats each task of the batch has, by position."""
    counted = (
        select(func.count(Seat.id))
        .select_from(Task)
        .outerjoin(Seat, Seat.task_id == Task.id)
        .where(Task.batch_id == batch.id)
        .group_by(Task.position)
        .order_by(Task.position)
    )
    return list(session.scalars(counted))


def committed(session: Session, market: Market) -> Money:
    return session.get_one(JobReserve, market.job.id, populate_existing=True).committed


def do_one(session: Session, market: Market, batch: Batch, worker: Actor) -> None:
    """The worker answers the next task, and all of it is accepted."""
    claimed, _ = claim_and_submit(session, worker, batch)
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))


def test_open_tasks_get_further_seats_as_money_comes_and_later_ones_have_them(session: Session) -> None:
    market = make_market(session, items_count=6)
    batch = open_batch(session, market, items=4)
    assert raised(session, market, 3).redundancy == 3
    assert seats(session, batch) == [3, 1, 1, 1]
    assert committed(session, market) == usd("6")
    fund(session, market, "5")
    assert seats(session, batch) == [3, 3, 3, 2]
    later = open_batch(session, market, items=2)
    assert seats(session, later) == [0, 0]
    fund(session, market, "4")
    assert (seats(session, batch), seats(session, later)) == ([3, 3, 3, 3], [3, 0])
    session.refresh(batch)
    assert (batch.seats_per_task, batch.seats_added, batch.seats_released, later.seats_per_task) == (1, 8, 12, 3)


def test_the_seats_a_batch_was_opened_with_come_before_the_further_ones(session: Session) -> None:
    market = make_market(session, items_count=3, funded="2")
    batch = open_batch(session, market)
    raised(session, market, 2)
    assert seats(session, batch) == [1, 1, 0]
    fund(session, market, "2")
    assert seats(session, batch) == [2, 1, 1]


def test_raised_twice_each_round_covers_the_tasks_that_were_open_then(session: Session) -> None:
    market = make_market(session, items_count=5)
    batch = open_batch(session, market, items_per_task=2)
    worker = make_worker(session)
    do_one(session, market, batch, worker)
    raised(session, market, 2)
    raised(session, market, 4)
    rounds = session.scalars(select(SeatRound).order_by(SeatRound.redundancy)).all()
    assert [(one.redundancy, one.seats_per_task, one.task_count, one.item_count) for one in rounds] == [
        (2, 1, 2, 3),
        (4, 2, 2, 3),
    ]
    fund(session, market, "4")
    assert seats(session, batch) == [1, 2, 2]
    fund(session, market, "4")
    assert seats(session, batch) == [1, 4, 3]
    fund(session, market, "1")
    assert seats(session, batch) == [1, 4, 4]
    preview = cost_preview(session, market.requester, market.job.id)
    assert (preview.rates[0].answers, preview.total) == (2 * 1 + 3 * 4, usd("14"))
    assert (preview.spent, preview.committed, preview.missing) == (usd("2"), usd("12"), usd("0"))


def test_nobody_gets_a_second_seat_on_a_task(session: Session) -> None:
    market = make_market(session, items_count=1)
    batch = open_batch(session, market)
    first = make_worker(session)
    claim_and_submit(session, first, batch)
    raised(session, market, 2)
    fund(session, market, "1")
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, first, batch.id)
    assert claim_next(session, make_worker(session), batch.id).batch_id == batch.id


def test_a_task_is_done_once_all_its_seats_are_decided_and_the_job_completes_then(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=1)
    batch = open_batch(session, market)
    raised(session, market, 2)
    do_one(session, market, batch, make_worker(session))
    assert [task.state for task in session.scalars(select(Task))] == ["open"]
    assert finish_batches(session) == complete_jobs(inside(session)) == 0
    fund(session, market, "1")
    do_one(session, market, batch, make_worker(session))
    session.expire_all()
    assert [task.state for task in session.scalars(select(Task))] == ["done"]
    assert (finish_batches(session), complete_jobs(inside(session))) == (1, 1)


def test_further_seats_of_a_withdrawn_batch_are_taken_back_with_their_money(session: Session) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    raised(session, market, 2)
    fund(session, market, "1")
    claim_next(session, make_worker(session), batch.id)
    withdraw(session, market.requester, batch.id)
    assert committed(session, market) == usd("1")
    raised(session, market, 3)
    assert [one.redundancy for one in session.scalars(select(SeatRound))] == [2]
    assert progress(session, market.requester, market.job.id).seats_withdrawn == 2


def test_redundancy_is_never_lowered_and_stays_within_its_bounds(session: Session) -> None:
    market = make_market(session, items_count=1, redundancy=3)
    for wrong in (1, 3, 101):
        with pytest.raises(DomainError) as refused:
            raised(session, market, wrong)
        assert [error.pointer for error in refused.value.errors] == ["/redundancy"]
    with pytest.raises(DomainError, match="stale"):
        raise_redundancy(session, market.requester, market.job.id, 1, 4)
    stranger = make_market(session).requester
    with pytest.raises(DomainError, match="not_found"):
        raise_redundancy(session, stranger, market.job.id, market.job.version, 4)


def test_what_the_log_says_of_publishing_and_opening_still_follows_from_the_rows(session: Session) -> None:
    market = make_market(session, items_count=3)
    open_batch(session, market)
    raised(session, market, 2)
    add_items(session, market.requester, market.job.id, text_rows(2))
    load_recomputers()
    kinds = ("job.published", "tasks.opened")
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind.in_(kinds))).all()
    assert len(events) == 2
    for event in events:
        again = recomputers()[event.kind](session, [event.subject_id])[event.subject_id]
        assert again == json.loads(event.body)["data"], event.kind


def test_progress_counts_the_further_seats(session: Session) -> None:
    market = make_market(session, items_count=3)
    open_batch(session, market)
    raised(session, market, 2)
    fund(session, market, "2")
    seen = progress(session, market.requester, market.job.id)
    assert (seen.seats_wanted, seen.seats_released, seen.seats_open) == (6, 5, 5)


def test_the_number_of_statements_does_not_grow_with_the_tasks(session: Session) -> None:
    counts = []
    for number in (20, 20_000):
        market = make_market(session, items_count=number)
        give_money(session, market.requester.organization, usd(str(number)))
        fund_job(session, market.requester, market.job.id, usd(str(number)))
        open_batch(session, market)
        with statements(session) as sent:
            raised(session, market, 2)
        assert progress(session, market.requester, market.job.id).seats_released == 2 * number
        counts.append(len(sent))
    assert counts[0] == counts[1]
