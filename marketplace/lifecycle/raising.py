"""More answers an item, while the job runs: open tasks get further seats, later ones have them from the start."""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.jobs.events import JOB_REDUNDANCY_RAISED
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, STALE, STATE_CONFLICT, FieldError
from marketplace.work.raising import raise_seats
from marketplace.work.releasing import release

REDUNDANCY_MAX: Final = 100
_RAISING: Final = frozenset({"open", "paused"})


def raise_redundancy(session: Session, actor: Actor, job_id: uuid.UUID, version: int, redundancy: int) -> Job:
    """Have each item answered by more workers than before, if the job is still at `version`; never by fewer.

    Tasks that are open get further seats, released as the free reserve covers them, in the order the tasks were
    opened; a task that is done stays as it is. Before publication the job is simply changed. Raises forbidden,
    not_found, stale, state_conflict, invalid.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    # Under the lock no task is opened or finished and no money moves: all open tasks have the same number of seats.
    job = lock_job(session, job_id)
    if job.version != version:
        raise STALE.error(f"The job is at version {job.version}, not {version}.", version=job.version)
    if job.state not in _RAISING:
        raise STATE_CONFLICT.error(
            f"This job is {job.state}; its redundancy is raised while it is open or paused.",
            noun="job",
            current=job.state,
        )
    # With an overlap the first answers are among the most that an item may get, which the money covers already.
    most = REDUNDANCY_MAX if job.overlap is None else job.overlap.answers_max
    if not job.redundancy < redundancy <= most:
        message = f"More than {job.redundancy}, which it is now, and at most {most}."
        raise INVALID.error(message, errors=[FieldError("/redundancy", "out_of_range", message)])
    before, job.redundancy = job.redundancy, redundancy
    tasks = raise_seats(session, job, before)
    job.version += 1
    session.flush()
    body = {"from": before, "to": redundancy, "tasks": tasks, "version": job.version}
    readers = [job.organization_id]
    record(session, JOB_REDUNDANCY_RAISED, actor, subject=("job", job.id), organizations=readers, body=body)
    release(session, job, actor)
    return job
