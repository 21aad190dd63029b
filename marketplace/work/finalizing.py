"""Making rejections final: those nobody contested in time, and those upheld that nobody appealed against in time.

States only; `settlement.appeals` calls this and gives their part of the reserve free.
"""

import datetime as dt

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.work import events
from marketplace.work.dispute_models import APPEAL_WITHIN, Appeal, Dispute
from marketplace.work.disputing import Ended
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.review_events import CONTEST_FOR
from marketplace.work.states import ANSWER, CONTESTABLE_ANSWER


def finalize_uncontested(session: Session, limit: int = 500) -> list[Ended]:
    """Sweep: make final what can be contested no more; those of one job at a time.

    The job is locked first, as everybody does whose answers' money follows.
    """
    now = market_now(session)
    over = _over(now)
    job_id = session.scalar(select(Answer.job_id).where(*over).order_by(Answer.decided_at).limit(1))
    if job_id is None:
        return []
    lock_job(session, job_id)
    overdue = (
        select(Answer, Claim, Batch)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(*over, Answer.job_id == job_id)
        .order_by(Answer.decided_at)
        .limit(limit)
        .with_for_update(of=Answer, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    locked = [(answer, claim, batch) for answer, claim, batch in session.execute(overdue)]
    # Asked again under the locks: a dispute or an appeal may have come between that statement's look and its lock.
    ids = [answer.id for answer, _, _ in locked]
    still = set(session.scalars(select(Answer.id).where(Answer.id.in_(ids), *over)))
    actor = system_actor("finalize_rejections")
    return [make_final(session, actor, rows, now) for rows in locked if rows[0].id in still]


def _over(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    """Over Answer: whether nobody can, or does, contest its rejection any more."""
    appealed = exists().where(Appeal.dispute_id == Dispute.id)
    settled = and_(Dispute.state == "upheld", Dispute.decided_at <= now - APPEAL_WITHIN, ~appealed)
    waits = exists().where(Dispute.answer_id == Answer.id, ~settled)
    return (Answer.state.in_(sorted(CONTESTABLE_ANSWER)), Answer.decided_at <= now - CONTEST_FOR, ~waits)


def make_final(session: Session, actor: Actor, rows: tuple[Answer, Claim, Batch], now: dt.datetime) -> Ended:
    """Make one rejection final; the caller holds the locks of its job and answer."""
    answer, claim, batch = rows
    ANSWER.check(answer.state, "rejection_final")
    answer.state = "rejection_final"
    session.flush()
    audit.record(
        session,
        events.REJECTION_FINAL,
        actor,
        subject=("answer", answer.id),
        people=[claim.worker_id],
        body={"job": public("job", answer.job_id), "claim": public("claim", claim.id)},
        at=now,
    )
    return Ended(answer, claim, batch, "final", now)
