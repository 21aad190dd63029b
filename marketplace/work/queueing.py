"""The line of batches that are offered to who claims without naming one: priorities, and leaving it when all is taken.

How the order comes about stands in `queueing.sql`.
"""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.work import events
from marketplace.work.errors import TASKS_INVALID
from marketplace.work.models import Batch

PRIORITY_MAX: Final = 9
_STATEMENTS = load(__file__, "queueing.sql")


def priority_errors(priority: int) -> list[FieldError]:
    """What is wrong with a priority; empty is good."""
    if 0 <= priority <= PRIORITY_MAX:
        return []
    return [FieldError("/priority", "priority_range", f"A priority is a whole number from 0 to {PRIORITY_MAX}.")]


def set_priority(session: Session, actor: Actor, batch_id: uuid.UUID, priority: int) -> Batch:
    """Let a batch be offered before or after others, by the organization that opened it.

    Raises forbidden, not_found, tasks_invalid.
    """
    actor.require("task.open")
    batch = session.get(Batch, batch_id)
    contract = session.get(Contract, batch.contract_id) if batch is not None else None
    if batch is None or contract is None or contract.seller_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no batch with this id.", noun="batch")
    errors = priority_errors(priority)
    if errors:
        raise TASKS_INVALID.error(errors[0].message, errors=errors)
    # Releasing, withdrawing and freeing change the batch's row, too: one at a time.
    lock_job(session, batch.job_id)
    session.refresh(batch)
    if batch.priority != priority:
        prioritize(session, actor, contract, batch, priority)
    return batch


def prioritize(session: Session, actor: Actor, contract: Contract, batch: Batch, priority: int) -> None:
    """Write a priority that was checked; whoever calls holds the job's lock."""
    session.flush()
    session.execute(_STATEMENTS.prioritize, {"batch_id": batch.id, "priority": priority})
    session.refresh(batch)
    audit.record(
        session,
        events.TASKS_PRIORITIZED,
        actor,
        subject=("batch", batch.id),
        organizations=[contract.seller_organization_id],
        body={"job": public("job", batch.job_id), "priority": priority},
    )


def sort_out(session: Session, limit: int = 20) -> int:
    """Sweep: take batches whose seats are all taken out of the line, of up to `limit` jobs; returns how many jobs.

    Any number of processes may do this at once. A batch that has an open seat and stands outside is put back.
    """
    job_ids = list(session.scalars(_STATEMENTS.jobs_to_sort_out, {"limit": limit}))
    for job_id in job_ids:
        # A seat freed or released between looking and writing: both are done under this lock.
        lock_job(session, job_id)
        session.execute(_STATEMENTS.sort_out, {"job_id": job_id})
    return len(job_ids)
