"""Publishing: fees are fixed, the root contract comes to be, and the job opens."""

import uuid

from sqlalchemy.orm import Session

from marketplace.contracts.roots import create_root
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job
from marketplace.jobs.running import open_job
from marketplace.kernel.actor import Actor
from marketplace.lifecycle.errors import JOB_UNFUNDED
from marketplace.work import sampling


def publish_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Open a funded job: the fee of each rate is fixed, and the client holds the root contract from now on.

    Needs job.write in the job's own organization. Raises not_found, state_conflict, job_unfunded, and invalid for a
    job without items.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    job = lock_job(session, job_id)
    if job.state == "draft" or (job.state == "funded" and reserve.spendable(session, job).is_zero):
        raise JOB_UNFUNDED.error("Fund the job, or a part of it, before publishing it.")
    open_job(session, actor, job)
    create_root(session, job)
    sampling.begin(session, actor, job)
    return job
