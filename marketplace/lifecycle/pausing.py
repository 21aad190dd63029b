"""Pausing and resuming: whether workers may claim; live claims go on."""

import uuid

from sqlalchemy.orm import Session

from marketplace.jobs import running
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.work.releasing import release
from marketplace.work.withdrawing import set_claimable


def pause_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Nothing of the job can be claimed from now on. Raises not_found, state_conflict."""
    job = running.pause_job(session, actor, job_id)
    set_claimable(session, job_id, claimable=False)
    return job


def resume_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """The job can be claimed from again, also what was funded or opened meanwhile. Raises not_found, state_conflict."""
    job = running.resume_job(session, actor, job_id)
    set_claimable(session, job_id, claimable=True)
    release(session, job, actor)
    return job
