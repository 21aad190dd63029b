"""Closing and cancelling: open seats are taken back, live claims finish and are paid, free money returns."""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.closing import close_contracts
from marketplace.jobs import reserve, running
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j12_released
from marketplace.lifecycle.events import RESERVE_RELEASED
from marketplace.work.withdrawing import withdraw_job


def close_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Let an open job run out: nothing new can be claimed; the rest of the reserve returns once the last is decided.

    Needs job.write in the job's own organization. Raises not_found, state_conflict.
    """
    job = running.close_job(session, actor, job_id)
    withdraw_job(session, actor, job_id)
    return job


def cancel_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Stop a job for good: open seats are taken back and the free reserve returns to the client's deposit (J12).

    What is claimed or waits for review keeps its money: it is finished, decided and paid, or freed as it ends. Needs
    job.write in the job's own organization. Raises not_found, state_conflict.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    # Under the lock no seat is released and no answer accepted meanwhile, so what is free now stays free.
    job = lock_job(session, job_id)
    running.move_job(session, actor, job, "cancelled")
    withdraw_job(session, actor, job_id)
    # The client may end its job; that every layer's offers and contracts end with it is the house's doing.
    close_contracts(session, system_actor("cancel_job"), job_id)
    return_free_reserve(session, actor, job)
    return job


def return_free_reserve(session: Session, actor: Actor, job: Job) -> Money:
    """Move all that is free in the reserve back to the client's deposit; the caller holds the job's lock."""
    # A claim may be committing the pay of a gold answer at this moment.
    reserve.hold(session, job)
    free = reserve.free(session, job)
    if free.is_zero:
        return free
    posted = post(
        session,
        actor,
        kind="J12",
        key=f"J12:{public('job', job.id)}:{new_id()}",
        pairs=j12_released(job.organization_id, job.id, free),
        subject=("job", job.id),
    )
    record(
        session,
        RESERVE_RELEASED,
        actor,
        subject=("job", job.id),
        organizations=[job.organization_id],
        body={"amount": free.to_wire(), "journal": public("journal", posted.journal_id)},
    )
    return free
