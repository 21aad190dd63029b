"""The sweep of leases: what was held beyond its time goes back to the queue."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.work import events, freeing
from marketplace.work.models import Claim


def expire(session: Session, limit: int = 500) -> int:
    """End up to `limit` claims whose lease is over; any number of processes may do this at once.

    A submission that holds its claim's lock is passed over: it came in time, and the next sweep looks again.
    Returns how many ended.
    """
    now = market_now(session)
    overdue = (Claim.state == "claimed", Claim.lease_until <= now)
    due = select(Claim.job_id).where(*overdue).order_by(Claim.lease_until).limit(limit).subquery()
    job_ids = sorted(session.scalars(select(due.c.job_id).distinct()))
    ended = 0
    for job_id in job_ids:
        job = lock_job(session, job_id)
        wanted = (
            select(Claim)
            .where(*overdue, Claim.job_id == job_id)
            .order_by(Claim.lease_until)
            .limit(limit - ended)
            .with_for_update(skip_locked=True, key_share=True)
            .execution_options(populate_existing=True)
        )
        claims = list(session.scalars(wanted))
        attempts = {claim.id: claim.attempt for claim in claims}
        lapsed = freeing.end_unanswered(session, job, claims, "expired", now)
        for claim in claims:
            audit.record(
                session,
                events.CLAIM_EXPIRED,
                system_actor("expire_leases"),
                subject=("claim", claim.id),
                people=[claim.worker_id],
                body={"job": public("job", job_id), "attempt": attempts[claim.id], "lapsed": lapsed[claim.id]},
                at=now,
            )
        ended += len(claims)
    return ended
