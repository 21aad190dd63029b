"""The sweep of leases: what was held beyond its time goes back to the queue."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job, lock_job_if_free
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.work import events, freeing
from marketplace.work.accepting import ids_digest

_STATEMENTS = load(__file__, "leases.sql")
_LOOK: Final = 8
"""So many batches' worth of leases are looked at for jobs, so that several sweeps at once find jobs of their own."""


def expire(session: Session, limit: int = 500) -> int:
    """End up to `limit` claims whose lease is over; any number of processes may do this at once.

    Sweeps at the same moment take different jobs; where there is one only, they take turns. A submission that holds
    its claim's lock is passed over: it came in time, and the next sweep looks again. One audit event for each job.
    Returns how many ended.
    """
    now = market_now(session)
    job_ids = _lock_jobs(session, now, limit)
    if not job_ids:
        return 0
    claims = session.execute(_STATEMENTS.lock_overdue, {"now": now, "job_ids": job_ids, "limit": limit}).all()
    lapsed = freeing.end_unanswered(session, {claim.id: claim.attempt for claim in claims}, "expired", now)
    for job_id in job_ids:
        ended = [(claim, lapsed[claim.id]) for claim in claims if claim.job_id == job_id]
        if ended:
            _record(session, job_id, ended, now)
    return len(claims)


def _lock_jobs(session: Session, now: dt.datetime, limit: int) -> list[uuid.UUID]:
    """The jobs of the oldest overdue leases that nobody else is at, until they have `limit` of them; locked.

    Where somebody is at each of them, the first one is waited for: it could be so each time.
    """
    due = session.execute(_STATEMENTS.due_jobs, {"now": now, "look": _LOOK * limit}).all()
    locked, claims = [], 0
    for job_id, count in due:
        # Nobody is waited for while another job is held, so that the order of the jobs does not matter.
        if lock_job_if_free(session, job_id):
            locked.append(job_id)
            claims += count
        if claims >= limit:
            break
    if due and not locked:
        locked = [lock_job(session, due[0].job_id).id]
    return locked


def _record(session: Session, job_id: uuid.UUID, ended: Sequence[tuple[Row[Any], int]], now: dt.datetime) -> None:
    audit.record(
        session,
        events.CLAIMS_EXPIRED,
        system_actor("expire_leases"),
        subject=("job", job_id),
        people={claim.worker_id for claim, _ in ended},
        body={
            "claims": [
                {"claim": public("claim", claim.id), "attempt": claim.attempt, "lapsed": lapsed}
                for claim, lapsed in ended
            ],
            "claim_count": len(ended),
            "digest": ids_digest(sorted(claim.id for claim, _ in ended)),
        },
        at=now,
    )
