"""What a job can cost at most, exactly, and how much of that is funded."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.jobs.queries import get_job, rates_of, withdrawn_counts
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money, fee_floor
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import job_reserve
from marketplace.work.models import Batch, Task

_GROWING: Final = frozenset({"draft", "funded", "open", "paused"})
"""States in which more of the job may still be given out, so that money can be missing for it."""


@dataclass(frozen=True, slots=True)
class RateCost:
    """One rate: its items less those withdrawn, and so many answers at most, those that stopped early left out.

    `cost` is answers x price, and `fees` the fee in that.
    """

    code: str
    price: Money
    fee: Money
    items: int
    answers: int
    cost: Money
    fees: Money


@dataclass(frozen=True, slots=True)
class CostPreview:
    """The sums of a job. `total` = `cost` of all answers (with `fees` in it) + `allowance`.

    `funded` = `spent` on accepted answers + `reserve`, and `reserve` = `committed` + `free`. `missing` is what of the
    total is not funded yet; nothing once the job gives out no more.
    """

    job_id: uuid.UUID
    redundancy: int
    rates: list[RateCost]
    cost: Money
    fees: Money
    allowance: Money
    total: Money
    funded: Money
    spent: Money
    reserve: Money
    committed: Money
    free: Money
    missing: Money


def cost_preview(session: Session, actor: Actor, job_id: uuid.UUID) -> CostPreview:
    """The cost of a job of one's own organization, or of any for the platform's staff; before publication too.

    The fee is what publication will fix, or has fixed. A handful of statements whatever the number of items. Raises
    not_found.
    """
    job = get_job(session, actor, job_id)
    if not actor.is_staff and job.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no job with this id.", noun="job")
    return preview(session, job)


def preview(session: Session, job: Job) -> CostPreview:
    """The cost of a job; the caller has asked whether the actor may see it."""
    nothing = Money.zero(job.currency)
    rates = _rates(session, job)
    cost = sum((rate.cost for rate in rates), nothing)
    held, free = balance(session, job_reserve(job.id, job.currency)), reserve.free(session, job)
    funded = reserve.funded(session, job)
    total = cost + job.allowance
    return CostPreview(
        job_id=job.id,
        redundancy=job.redundancy,
        rates=rates,
        cost=cost,
        fees=sum((rate.fees for rate in rates), nothing),
        allowance=job.allowance,
        total=total,
        funded=funded,
        spent=funded - held,
        reserve=held,
        committed=held - free,
        free=free,
        missing=max(total - funded, nothing) if job.state in _GROWING else nothing,
    )


def _rates(session: Session, job: Job) -> list[RateCost]:
    found = []
    withdrawn = withdrawn_counts(session, job.id)
    most, fewer = job.redundancy, _answers_not_raised(session, job)
    if job.overlap is not None:
        most, fewer = job.overlap.answers_max, _answers_stopped(session, job)
    for rate in rates_of(session, job.id):
        fee = fee_floor(rate.price, job.fee_ppm) if rate.fee is None else rate.fee
        items = rate.item_count - withdrawn.get(rate.code, 0)
        answers = items * most - fewer.get(rate.code, 0)
        found.append(RateCost(rate.code, rate.price, fee, items, answers, rate.price * answers, fee * answers))
    return found


def _answers_not_raised(session: Session, job: Job) -> dict[str, int]:
    """By rate, the answers that tasks lack which were done before the redundancy was raised: they stay as they are."""
    if job.redundancy_published in {None, job.redundancy} or job.overlap is not None:
        return {}
    seats = func.coalesce(Task.seats_wanted, Batch.seats_per_task)
    lacking = (
        select(Batch.rate_code, func.sum(Task.item_count * (job.redundancy - seats)))
        .join(Batch, Batch.id == Task.batch_id)
        .where(Batch.job_id == job.id, Task.state == "done", seats < job.redundancy)
        .group_by(Batch.rate_code)
    )
    return {code: int(answers) for code, answers in session.execute(lacking)}


def _answers_stopped(session: Session, job: Job) -> dict[str, int]:
    """By rate, the answers that will never be asked for, since those that are there agree."""
    stopped = (
        select(Batch.rate_code, func.sum(Task.answers_stopped))
        .join(Batch, Batch.id == Task.batch_id)
        .where(Batch.job_id == job.id, Task.answers_stopped > 0)
        .group_by(Batch.rate_code)
    )
    return {code: int(answers) for code, answers in session.execute(stopped)}
