"""Taking open work back: seats nobody holds return their money to the free reserve, tasks nobody did their items.

Live claims finish and are paid; they are not touched here.
"""

import uuid
from collections.abc import Collection
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work import events, overlap
from marketplace.work.freeing import retire_tasks
from marketplace.work.models import Batch
from marketplace.work.protection_models import BatchWithdrawal
from marketplace.work.releasing import release
from marketplace.work.states import BATCH

_STATEMENTS = load(__file__, "freeing.sql")


def withdraw(session: Session, actor: Actor, batch_id: uuid.UUID) -> Batch:
    """Take back the open seats of one batch, by the organization that opened it; what gets free pays for later ones.

    Those of its extensions go with it, and its items get no further answers.
    Raises forbidden, not_found, state_conflict.
    """
    actor.require("task.open")
    batch = session.get(Batch, batch_id)
    contract = session.get(Contract, batch.contract_id) if batch is not None else None
    allowed = contract is not None and (
        EVERYTHING in actor.permissions or contract.seller_organization_id == actor.organization_id
    )
    if batch is None or not allowed:
        raise NOT_FOUND.error("There is no batch with this id.", noun="batch")
    job = lock_job(session, batch.job_id)
    session.refresh(batch)
    BATCH.check(batch.state, "withdrawn")
    family = select(Batch).where(Batch.extends_batch_id == batch_id, Batch.state == "open")
    extensions = session.scalars(family.order_by(Batch.opened_sequence).execution_options(populate_existing=True))
    _withdraw(session, actor, job, [batch, *extensions])
    release(session, job, actor)
    return batch


def withdraw_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Money:
    """Take back every open seat of a job, for cancelling it; returns what was uncommitted.

    Whoever calls has decided that the actor may cancel the job.
    """
    job = lock_job(session, job_id)
    opened = select(Batch.contract_id).where(Batch.job_id == job_id, Batch.state == "open").distinct()
    return withdraw_contracts(session, actor, job, list(session.scalars(opened)))


def withdraw_contracts(session: Session, actor: Actor, job: Job, contract_ids: Collection[uuid.UUID]) -> Money:
    """Take back every open seat that these contracts opened; returns what was uncommitted, which is then free.

    Whoever calls has decided that the actor may, and holds the job's lock. One event for each contract, so that no
    layer reads the counts of another's.
    """
    wanted = select(Batch).where(Batch.contract_id.in_(contract_ids), Batch.state == "open")
    ordered = wanted.order_by(Batch.contract_id, Batch.opened_sequence)
    uncommitted = Money.zero(job.currency)
    for _, batches in groupby(
        session.scalars(ordered.execution_options(populate_existing=True)).all(), key=lambda batch: batch.contract_id
    ):
        uncommitted += _withdraw(session, actor, job, list(batches))
    return uncommitted


def _withdraw(session: Session, actor: Actor, job: Job, batches: list[Batch]) -> Money:
    uncommitted, seats = Money.zero(job.currency), 0
    for batch in batches:
        # A claim in flight holds its seat's lock: the update waits for it and then passes the seat over.
        row: Any = session.execute(_STATEMENTS.withdraw_seats, {"batch_id": batch.id}).one()
        batch.state, batch.claimable = "withdrawn", False
        session.add(BatchWithdrawal(batch_id=batch.id))
        batch.seats_withdrawn += row.seats
        uncommitted += batch.price * int(row.answers)
        seats += row.seats
    session.flush()
    uncommitted += overlap.drop_held(session, job, [batch.id for batch in batches])
    if not uncommitted.is_zero:
        reserve.uncommit(session, job.id, uncommitted)
    tasks = retire_tasks(session, job, [batch.id for batch in batches])
    if batches:
        sellers = select(Contract.seller_organization_id).where(
            Contract.id.in_({batch.contract_id for batch in batches})
        )
        audit.record(
            session,
            events.TASKS_WITHDRAWN,
            actor,
            subject=("job", job.id) if len(batches) != 1 else ("batch", batches[0].id),
            organizations=[job.organization_id, *session.scalars(sellers)],
            body={
                "job": public("job", job.id),
                "seats": seats,
                "tasks": tasks,
                "uncommitted": uncommitted.to_wire(),
            },
        )
    return uncommitted


def set_claimable(session: Session, job_id: uuid.UUID, claimable: bool) -> int:
    """Let workers claim the open seats of a job, or not; for pausing and resuming, freezing and unfreezing.

    What is opened at or below a frozen contract stays unclaimable. Returns how many batches changed.
    """
    lock_job(session, job_id)
    session.flush()
    changed = session.scalars(_STATEMENTS.set_claimable, {"job_id": job_id, "claimable": claimable})
    return len(list(changed))


def finish_batches(session: Session, limit: int = 100) -> int:
    """Sweep: close batches all of whose tasks are done or withdrawn; returns how many."""
    return len(list(session.scalars(_STATEMENTS.finish_batches, {"limit": limit})))
