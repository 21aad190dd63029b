"""What follows when claims end: seats freed or done, redo answers lapsed, tasks finished.

Order of locks throughout the package: job, claim, then task, seat and batch.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Boolean, Text, Uuid, update
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.contracts import allotting, recalling
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.work import overlap
from marketplace.work.models import Batch, Claim
from marketplace.work.states import CLAIM

_STATEMENTS = load(__file__, "freeing.sql")
_RETIRE_TASKS = _STATEMENTS.retire_tasks.columns(
    contract_id=Uuid(), rate_code=Text(), ordinals=INT8MULTIRANGE(), tasks=BigInteger(), extends=Boolean()
)


def end_unanswered(
    session: Session, job: Job, claims: Sequence[Claim], state: str, now: dt.datetime
) -> Counter[uuid.UUID]:
    """End claims of one job that brought no answers: `state` is "expired" or "returned".

    A first attempt frees its seat. A redo does not: its answers lapse, which can be contested like a rejection, and
    the claim goes back to what else waits on it. The job is locked, the claims too.
    Returns how many answers lapsed, by claim.
    """
    first = [claim for claim in claims if claim.attempt == 1]
    redo = [claim for claim in claims if claim.attempt > 1]
    for claim in first:
        CLAIM.check(claim.state, state)
        claim.state, claim.lease_until, claim.decided_at = state, None, now
    session.flush()
    if first:
        _free(session, job, [claim.id for claim in first])
    if not redo:
        return Counter()
    ids = [claim.id for claim in redo]
    lapsed = Counter(session.scalars(_STATEMENTS.lapse_answers, {"claim_ids": ids, "now": now}))
    settle_claims(session, redo, now)
    return lapsed


def _free(session: Session, job: Job, claim_ids: list[uuid.UUID]) -> None:
    withdrawn: Counter[uuid.UUID] = Counter()
    amount = 0
    for row in session.execute(_STATEMENTS.free_seats, {"claim_ids": claim_ids}):
        if row.state == "withdrawn":
            withdrawn[row.batch_id] += 1
            amount += row.committed
    if not withdrawn:
        return
    for batch_id, seats in sorted(withdrawn.items()):
        session.execute(update(Batch).where(Batch.id == batch_id).values(seats_withdrawn=Batch.seats_withdrawn + seats))
    reserve.uncommit(session, job.id, Money(amount, job.currency))
    retire_tasks(session, job, withdrawn)


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
    """Turn claims with nothing left to redo to submitted, or to decided when nothing waits for review either."""
    session.flush()
    ids = [claim.id for claim in claims]
    waiting = set(session.scalars(_STATEMENTS.still_waiting, {"claim_ids": ids}))
    decided = []
    for claim in claims:
        target = "submitted" if claim.id in waiting else "decided"
        if claim.state != target:
            CLAIM.check(claim.state, target)
        claim.state, claim.lease_until, claim.draft = target, None, None
        if target == "decided":
            claim.decided_at = now
            decided.append(claim.id)
    session.flush()
    if decided:
        session.execute(_STATEMENTS.finish_seats, {"claim_ids": decided})
        finish_tasks(session, decided)


def finish_tasks(session: Session, claim_ids: list[uuid.UUID]) -> None:
    """Close the tasks of these claims whose every seat is decided."""
    # Two reviewers who decide the last two seats of a task at one moment would both count one short: they queue here.
    task_ids = list(session.scalars(_STATEMENTS.lock_tasks, {"claim_ids": claim_ids}))
    session.execute(_STATEMENTS.finish_tasks, {"task_ids": task_ids})
