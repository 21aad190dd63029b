"""Releasing seats: what the free reserve covers becomes claimable, in the order tasks were opened (rule 3)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work import events
from marketplace.work.models import Batch

_STATEMENTS = load(__file__, "opening.sql")
_RELEASING = frozenset({"open", "paused"})


def release(session: Session, job: Job, actor: Actor | None = None) -> int:
    """Release as many seats as the job's free reserve, less its allowance, covers at the gross price; returns how many.

    Seats come strictly in the order of batches and, inside one, of tasks: the first that the money does not cover
    ends it, so that no cheap late batch overtakes a dear early one. Nothing happens unless the job is open or paused.
    """
    # Funding, releasing, withdrawing and cancelling all read and change what is free: one at a time.
    job = lock_job(session, job.id)
    if job.state not in _RELEASING:
        return 0
    free = reserve.spendable(session, job)
    waiting = (
        select(Batch)
        .where(
            Batch.job_id == job.id,
            Batch.state == "open",
            Batch.seats_released < Batch.task_count * Batch.seats_per_task,
        )
        .order_by(Batch.opened_sequence)
        .execution_options(populate_existing=True)
    )
    seats_in_all, committed, released = 0, Money.zero(job.currency), []
    for batch in session.scalars(waiting):
        seats, cost = _release_batch(session, batch, free - committed)
        if seats:
            seats_in_all += seats
            committed += cost
            released.append(_line(batch, seats, cost))
        if batch.seats_released < batch.task_count * batch.seats_per_task:
            break
    if seats_in_all:
        reserve.commit(session, job.id, committed)
        _record(session, actor or system_actor("release_seats"), job, released, committed)
    return seats_in_all


def _release_batch(session: Session, batch: Batch, money: Money) -> tuple[int, Money]:
    found = session.execute(_STATEMENTS.affordable_seats, {"batch_id": batch.id, "money": money.amount}).one()
    seats, answers = int(found.seats), int(found.answers)
    if seats <= 0:
        return 0, Money.zero(batch.currency)
    session.execute(_STATEMENTS.prepare_for_many)
    session.execute(
        _STATEMENTS.insert_seats,
        {
            "batch_id": batch.id,
            "seats_per_task": batch.seats_per_task,
            "first": batch.seats_released,
            "count": seats,
        },
    )
    batch.seats_released += seats
    session.flush()
    return seats, batch.price * answers


def _line(batch: Batch, seats: int, cost: Money) -> dict[str, Any]:
    return {
        "batch": public("batch", batch.id),
        "seats": seats,
        "answers": cost.amount // batch.price_amount,
        "committed": cost.to_wire(),
    }


def _record(session: Session, actor: Actor, job: Job, released: list[dict[str, Any]], committed: Money) -> None:
    audit.record(
        session,
        events.SEATS_RELEASED,
        actor,
        subject=("job", job.id),
        organizations=[job.organization_id],
        body={"batches": released, "committed": committed.to_wire()},
    )
