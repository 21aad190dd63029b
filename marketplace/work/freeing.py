"""What follows when claims end: seats freed or done, redo answers lapsed, tasks finished.

Order of locks throughout the package: job, claim, then task, seat and batch.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import BigInteger, Boolean, Text, Uuid, update
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.contracts import allotting, recalling
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.work import overlap
from marketplace.work.models import Batch, Claim

_STATEMENTS = load(__file__, "freeing.sql")
_SETTLE_CLAIMS = HotStatement(_STATEMENTS.settle_claims)
_LOCK_TASKS = HotStatement(_STATEMENTS.lock_tasks)
_FINISH_TASKS = HotStatement(_STATEMENTS.finish_tasks)
_RETIRE_TASKS = _STATEMENTS.retire_tasks.columns(
    contract_id=Uuid(), rate_code=Text(), ordinals=INT8MULTIRANGE(), tasks=BigInteger(), extends=Boolean()
)


def end_unanswered(
    session: Session, attempts: Mapping[uuid.UUID, int], state: str, now: dt.datetime
) -> Counter[uuid.UUID]:
    """End claims that brought no answers: `attempts` by claim id, `state` is "expired" or "returned".

    A first attempt frees its seat. A redo does not: its answers lapse, which can be contested like a rejection, and
    the claim goes back to what else waits on it. The claims' jobs are locked, and the claims, which are `claimed`.
    Returns how many answers lapsed, by claim.
    """
    first = [claim_id for claim_id, attempt in attempts.items() if attempt == 1]
    redo = [claim_id for claim_id, attempt in attempts.items() if attempt > 1]
    if first:
        _free(session, first, state, now)
    if not redo:
        return Counter()
    lapsed = Counter(session.scalars(_STATEMENTS.lapse_answers, {"claim_ids": redo, "now": now}))
    settle(session, redo, now)
    return lapsed


def _free(session: Session, claim_ids: list[uuid.UUID], state: str, now: dt.datetime) -> None:
    values = {"claim_ids": claim_ids, "state": state, "now": now}
    withdrawn = session.execute(_STATEMENTS.end_first_attempts, values).all()
    for row in withdrawn:
        more = update(Batch).where(Batch.id == row.batch_id)
        session.execute(more.values(seats_withdrawn=Batch.seats_withdrawn + row.seats))
        reserve.uncommit(session, row.job_id, Money(int(row.committed), row.currency))
    closed = [row for row in withdrawn if not row.is_open]
    for job_id in sorted({row.job_id for row in closed}):
        job = session.get_one(Job, job_id)
        retire_tasks(session, job, [row.batch_id for row in closed if row.job_id == job_id])
    _finish(session, {task_id for row in withdrawn for task_id in row.late_task_ids})


def retire_tasks(session: Session, job: Job, batch_ids: Collection[uuid.UUID]) -> int:
    """Close the tasks of withdrawn batches that nobody is at; returns how many of them nobody ever worked on.

    The items of those are the contract's again, or, where it was recalled meanwhile, of the lowest above it that was
    not; but for those of extensions, which have answers. The caller holds the job's lock.
    """
    tasks = 0
    for row in session.execute(_RETIRE_TASKS, {"batch_ids": sorted(batch_ids)}).all():
        tasks += row.tasks
        if row.extends:
            continue
        allotting.give_back(session, row.contract_id, row.rate_code, row.ordinals)
        recalling.pass_upward(session, row.contract_id, row.rate_code, row.ordinals)
    overlap.end_items(session, job, batch_ids)
    # No claim may be left that would close these when it ends: all that were made are decided, other seats were open.
    session.execute(_STATEMENTS.finish_withdrawn_tasks, {"batch_ids": sorted(batch_ids)})
    return tasks


def settle_claims(session: Session, claims: Sequence[Claim], now: dt.datetime) -> None:
    """`settle` for claims that were loaded; they are fresh afterwards."""
    session.flush()
    settle(session, [claim.id for claim in claims], now)
    for claim in claims:
        session.refresh(claim)


def settle(session: Session, claim_ids: Collection[uuid.UUID], now: dt.datetime) -> None:
    """Turn claims with nothing left to redo to submitted, or to decided when nothing waits for review either.

    The seats of decided ones are done, and their tasks whose every seat is.
    """
    session.flush()
    settled = _SETTLE_CLAIMS.rows(session, {"claim_ids": array(claim_ids), "now": now})
    _finish(session, {task_id for (task_id,) in settled})


def _finish(session: Session, task_ids: Collection[uuid.UUID]) -> None:
    if task_ids:
        values = {"task_ids": array(sorted(task_ids))}
        # Two reviewers who decide the last two seats of a task at one moment would both count one short: they queue
        # here.
        _LOCK_TASKS.run(session, values)
        _FINISH_TASKS.run(session, values)
