"""Further seats on open tasks, when more answers an item are wanted than when they were opened."""

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.models import Job

_STATEMENTS = load(__file__, "opening.sql")


def raise_seats(session: Session, job: Job, before: int) -> int:
    """Want `job.redundancy` seats instead of `before` on every open task of the job; returns on how many tasks.

    The seats come to be when they are released. The caller holds the job's lock, under which every open task of an
    open batch wants `before` seats. One statement, whatever the number of tasks.
    """
    session.execute(_STATEMENTS.prepare_for_many)
    values = {"job_id": job.id, "redundancy": job.redundancy, "further": job.redundancy - before}
    return int(session.execute(_STATEMENTS.raise_seats, values).scalar_one())
