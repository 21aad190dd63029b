from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.models import Job
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import say


def lock_job(session: Session, job_id: UUID) -> Job:
    """The job, fresh, with its row locked to the end of the transaction (FOR NO KEY UPDATE).

    Whatever changes a job's state, items, money or offers takes this lock before any other,
    then contracts from the root down. Claims never take it. Raises not_found.
    """
    statement = select(Job).where(Job.id == job_id).with_for_update(key_share=True)
    job = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if job is None:
        raise NOT_FOUND.error(say("There is no job with this id."), noun="job")
    return job


def lock_job_if_free(session: Session, job_id: UUID) -> bool:
    """Lock the job's row as `lock_job` does, unless somebody holds it; returns whether it is ours now.

    For sweeps, of which several run at once: each takes jobs that no other is at.
    """
    statement = select(Job.id).where(Job.id == job_id).with_for_update(key_share=True, skip_locked=True)
    return session.scalar(statement) is not None
