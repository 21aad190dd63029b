"""Funding a job, and releasing what the money covers."""

import uuid

from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.work.releasing import release


def fund_job(session: Session, actor: Actor, job_id: uuid.UUID, amount: Money) -> Job:
    """Tie a part of the client's deposit to the job (J2) and release the seats that it covers now.

    Raises what `jobs.reserve.fund` raises: not_found, state_conflict, invalid, balance_insufficient.
    """
    job = reserve.fund(session, actor, job_id, amount)
    release(session, job, actor)
    return job
