"""Accepting what nobody reviews: answers that were not drawn, and held rejections that no side decided in time."""

import uuid

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.rails.port import Transactions
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holds, sampling
from marketplace.work.models import Claim
from marketplace.work.verdicts import Verdict

log = get_logger(__name__)


def draw_answers(transactions: Transactions, limit: int = 100) -> int:
    """Sweep: draw among the answers of new claims in jobs that have a sample reviewed, and accept the others.

    Each claim in a transaction of its own, so that one that fails stops no other. Returns how many were looked at.
    """
    with transactions() as session:
        claim_ids = sampling.to_draw(session, limit)
    looked_at = 0
    for claim_id in claim_ids:
        try:
            with transactions() as session:
                looked_at += _draw(session, claim_id)
        except (DomainError, DBAPIError) as problem:
            log.warning("draw_failed", claim=public("claim", claim_id), problem=repr(problem))
    return looked_at


def _draw(session: Session, claim_id: uuid.UUID) -> bool:
    claim = session.get_one(Claim, claim_id)
    job = lock_job(session, claim.job_id)
    # A reviewer may have decided, or another process drawn, while we waited for the job.
    session.refresh(claim)
    if claim.state != "submitted" or claim.attempt != 1:
        return False
    verdicts = sampling.draw(session, job, claim)
    if verdicts:
        decide_answers(session, system_actor("draw_answers"), claim_id, verdicts)
    return True


def accept_held(transactions: Transactions, limit: int = 100) -> int:
    """Sweep: accept answers whose rejection was held and that nobody decided in time; returns how many."""
    with transactions() as session:
        late = holds.overdue(session, limit)
    accepted = 0
    for claim_id, answer_id in late:
        try:
            with transactions() as session:
                accepted += _accept_held(session, claim_id, answer_id)
        except (DomainError, DBAPIError) as problem:
            log.warning("accept_held_failed", answer=public("answer", answer_id), problem=repr(problem))
    return accepted


def _accept_held(session: Session, claim_id: uuid.UUID, answer_id: uuid.UUID) -> bool:
    claim = session.get_one(Claim, claim_id)
    lock_job(session, claim.job_id)
    # Somebody may have decided it while we waited for the job.
    if answer_id not in holds.open_on(session, claim_id):
        return False
    decide_answers(session, system_actor("accept_held"), claim_id, [Verdict(answer_id, "accept")])
    return True
