"""The one door by which answers are decided: the verdicts, and in the same transaction the money that follows."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.rails.port import Transactions
from marketplace.settlement import redoing
from marketplace.settlement.booking import book_accepted
from marketplace.work import reviewing
from marketplace.work.models import Claim
from marketplace.work.verdicts import Decisions, Verdict

log = get_logger(__name__)


def decide_answers(
    session: Session, actor: Actor, claim_id: uuid.UUID, verdicts: Sequence[Verdict], *, pay_redo: bool = False
) -> Decisions:
    """Give verdicts on answers of one claim; what is accepted or paid without use is booked at once (J3).

    One journal for all of them, postings summed by payee and due date. Redo and rejection leave their part of the
    reserve committed. With `pay_redo`, for redo verdicts alone, the reviewing layer pays for a redo beyond the job's
    limit. Raises what `work.reviewing.apply_verdicts` and `redoing.pay_for_redo` raise; nothing is half done.
    """
    actor.require("review.decide")
    job_id = session.scalar(select(Claim.job_id).where(Claim.id == claim_id))
    if job_id is None:
        raise NOT_FOUND.error("There is no claim with this id.", noun="claim")
    # The job before the claim: accepting, releasing, funding and cancelling change one reserve, one at a time.
    lock_job(session, job_id)
    decisions = reviewing.apply_verdicts(session, actor, claim_id, verdicts, pay_redo=pay_redo)
    if decisions.paid_redo:
        redoing.pay_for_redo(session, actor, decisions)
    if decisions.payable:
        book_accepted(session, actor, decisions.claim, [answer.id for answer in decisions.payable])
    return decisions


def auto_accept(transactions: Transactions, limit: int = 100) -> int:
    """Sweep: accept what waited for its review longer than the job allows; returns how many claims were accepted.

    Each claim in a transaction of its own, so that no job waits for another and one that fails stops no other.
    """
    with transactions() as session:
        claim_ids = reviewing.auto_acceptable(session, limit)
    accepted = 0
    for claim_id in claim_ids:
        try:
            with transactions() as session:
                accepted += _accept_overdue(session, claim_id)
        except (DomainError, DBAPIError) as problem:
            log.warning("auto_accept_failed", claim=public("claim", claim_id), problem=repr(problem))
    return accepted


def _accept_overdue(session: Session, claim_id: uuid.UUID) -> bool:
    claim = session.get_one(Claim, claim_id)
    lock_job(session, claim.job_id)
    # A reviewer may have decided, or sent it back, while we waited for the job.
    session.refresh(claim)
    verdicts = reviewing.acceptable_verdicts(session, claim_id) if claim.state == "submitted" else []
    if verdicts:
        decide_answers(session, system_actor("auto_accept"), claim_id, verdicts)
    return bool(verdicts)
