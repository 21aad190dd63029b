"""Releasing seats: what the free reserve covers becomes claimable, in the order tasks were opened (rule 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, select
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
from marketplace.work.seat_rounds import SeatRound

_STATEMENTS = load(__file__, "opening.sql")
_RELEASING = frozenset({"open", "paused"})
UNRELEASED: Final = and_(
    Batch.state == "open", Batch.seats_released < Batch.task_count * Batch.seats_per_task + Batch.seats_added
)
"""Whether seats of an open batch still wait for money."""


@dataclass(frozen=True, slots=True)
class SeatLine:
    """Seats that are released one after the other: those a batch was opened with, or those of one later round.

    Seat number n (from 0) belongs to task n / seats_per_task; only the last task may be shorter than the others.
    """

    task_count: int
    item_count: int
    items_per_task: int
    seats_per_task: int
    released: int

    def of_tasks(self, answers_max: int) -> "SeatLine":
        """The line whose seats are whole tasks, each costing all the answers that its items may ever get."""
        released = self.released // self.seats_per_task
        return SeatLine(self.task_count, self.item_count * answers_max, self.items_per_task * answers_max, 1, released)

    @property
    def wanted(self) -> int:
        """How many seats there are to be in all."""
        return self.task_count * self.seats_per_task

    def affordable(self, answers_max: int) -> tuple[int, int]:
        """How many further seats so many answers cover, in order, and how many answers these are."""
        of_full = (self.task_count - 1) * self.seats_per_task
        full = max(0, min(of_full - self.released, answers_max // self.items_per_task))
        last, items_of_last = 0, self.item_count - (self.task_count - 1) * self.items_per_task
        if self.released + full >= of_full:
            left = answers_max - full * self.items_per_task
            last = min(self.wanted - max(self.released, of_full), left // items_of_last)
        return full + last, full * self.items_per_task + last * items_of_last


def release(session: Session, job: Job, actor: Actor | None = None) -> int:
    """Release as many seats as the job's free reserve, less its allowance, covers at the gross price; returns how many.

    Seats come strictly in the order of batches and, inside one, of tasks, and those that were wanted later after
    those: the first that the money does not cover ends it, so that no cheap late batch overtakes a dear early one.
    Where items may get further answers, the seats of a task come together, once the money covers the most that its
    items may get. Nothing happens unless the job is open or paused.
    """
    # Funding, releasing, withdrawing and cancelling all read and change what is free: one at a time.
    job = lock_job(session, job.id)
    if job.state not in _RELEASING:
        return 0
    free = reserve.spendable(session, job)
    waiting = (
        select(Batch)
        .where(Batch.job_id == job.id, UNRELEASED)
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
        if batch.seats_released < batch.task_count * batch.seats_per_task + batch.seats_added:
            break
    if seats_in_all:
        reserve.commit(session, job.id, committed)
        _record(session, actor or system_actor("release_seats"), job, released, committed)
    return seats_in_all


def _release_batch(session: Session, batch: Batch, money: Money) -> tuple[int, Money]:
    seats_in_all, left = 0, money.amount // batch.price_amount
    for line, later in _lines(session, batch):
        seats, answers = _affordable(batch, line, later, left)
        if seats > 0:
            _insert(session, batch, line, later, seats)
            seats_in_all += seats
            left -= answers
        if line.released + seats < line.wanted:
            break
    batch.seats_released += seats_in_all
    if seats_in_all:
        batch.seats_left = True
    session.flush()
    return seats_in_all, batch.price * (money.amount // batch.price_amount - left)


def _affordable(batch: Batch, line: SeatLine, later: SeatRound | None, answers_max: int) -> tuple[int, int]:
    """How many further seats so many answers cover, and how many answers are to be committed for them."""
    if batch.answers_max is None:
        return line.affordable(answers_max)
    if later is not None:
        # Seats of a round are among the most that the items may get, for which the money was put aside.
        return line.wanted - line.released, 0
    tasks, answers = line.of_tasks(batch.answers_max).affordable(answers_max)
    return tasks * line.seats_per_task, answers


def _lines(session: Session, batch: Batch) -> Iterator[tuple[SeatLine, SeatRound | None]]:
    """The seats the batch was opened with, then each later round."""
    rounds: list[SeatRound] = []
    if batch.seats_added:
        of_batch = select(SeatRound).where(SeatRound.batch_id == batch.id).order_by(SeatRound.redundancy)
        rounds = list(session.scalars(of_batch.execution_options(populate_existing=True)))
    first = batch.seats_released - sum(later.seats_released for later in rounds)
    size = batch.items_per_task
    yield SeatLine(batch.task_count, batch.item_count, size, batch.seats_per_task, first), None
    for later in rounds:
        line = SeatLine(later.task_count, later.item_count, size, later.seats_per_task, later.seats_released)
        yield line, later


def _insert(session: Session, batch: Batch, line: SeatLine, later: SeatRound | None, seats: int) -> None:
    session.execute(_STATEMENTS.prepare_for_many)
    values = {
        "batch_id": batch.id,
        "seats_per_task": line.seats_per_task,
        "first": line.released,
        "count": seats,
    }
    if later is None:
        session.execute(_STATEMENTS.insert_seats, values)
    else:
        session.execute(_STATEMENTS.insert_seats_of_round, {**values, "redundancy": later.redundancy})
        later.seats_released += seats
    if batch.answers_max is not None:
        _hold(session, batch, line, later, seats)


def _hold(session: Session, batch: Batch, line: SeatLine, later: SeatRound | None, seats: int) -> None:
    """Write down how many answers beyond the seats are paid for."""
    assert batch.answers_max is not None
    size = line.seats_per_task
    if later is None:
        values = {"first": line.released // size, "count": seats // size, "further": batch.answers_max - size}
        session.execute(_STATEMENTS.hold_answers, {"batch_id": batch.id, **values})
    else:
        values = {"seats_per_task": size, "redundancy": later.redundancy}
        session.execute(_STATEMENTS.use_held_answers, {"batch_id": batch.id, **values})


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
