"""What disputes and their deadlines do to the money: an overturned rejection is paid, a final one frees its reserve."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import chains
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.settlement.booking import book_accepted
from marketplace.work import appealing, disputing, finalizing
from marketplace.work.dispute_models import Dispute
from marketplace.work.disputing import Ended


def decide_dispute(session: Session, actor: Actor, dispute_id: uuid.UUID, decision: str, reason: str) -> None:
    """Decide a dispute; "overturned" pays the worker and the chain at once, "upheld" leaves the worker an appeal.

    Raises what `work.disputing.decide` raises.
    """
    actor.require("dispute.decide")
    _lock(session, dispute_id)
    _book(session, actor, disputing.decide(session, actor, dispute_id, decision, reason))


def decide_appeal(session: Session, actor: Actor, dispute_id: uuid.UUID, decision: str, reason: str) -> None:
    """Decide the appeal of a dispute, and book what follows: a worker's is paid, or the rejection is final.

    Raises what `work.appealing.decide_appeal` raises.
    """
    actor.require("dispute.decide")
    _lock(session, dispute_id)
    _book(session, actor, appealing.decide_appeal(session, actor, dispute_id, decision, reason))


def _lock(session: Session, dispute_id: uuid.UUID) -> None:
    job_id = session.scalar(select(Dispute.job_id).where(Dispute.id == dispute_id))
    if job_id is None:
        raise NOT_FOUND.error("There is no dispute with this id.", noun="dispute")
    lock_job(session, job_id)


def overturn_silent(session: Session, limit: int = 100) -> int:
    """Sweep: disputes nobody decided in time are paid, those of one job at a time; returns how many."""
    ended = disputing.overturn_silent(session, limit)
    _book(session, system_actor("overturn_silent_disputes"), ended)
    return len(ended)


def decide_silent_appeals(session: Session, limit: int = 100) -> int:
    """Sweep: appeals nobody decided in time are decided for the worker, one job's at a time; returns how many."""
    count, ended = appealing.decide_silent(session, limit)
    _book(session, system_actor("decide_silent_appeals"), ended)
    return count


def finalize_rejections(session: Session, limit: int = 500) -> int:
    """Sweep: rejections that can be contested no more become final, those of one job at a time; returns how many."""
    ended = finalizing.finalize_uncontested(session, limit)
    _book(session, system_actor("finalize_rejections"), ended)
    return len(ended)


def _book(session: Session, actor: Actor, appeals: Sequence[Ended]) -> None:
    """The money of appeals of one job, whose lock the transaction holds: payable ones by claim, final ones together."""
    by_claim: dict[uuid.UUID, list[Ended]] = {}
    for appeal in appeals:
        if appeal.outcome == "payable":
            by_claim.setdefault(appeal.claim.id, []).append(appeal)
    for group in by_claim.values():
        book_accepted(session, actor, group[0].claim, [appeal.answer.id for appeal in group])
    final = [appeal for appeal in appeals if appeal.outcome == "final"]
    if final:
        loaded = chains.load(session, {appeal.claim.price_chain_id for appeal in final})
        prices = [loaded[appeal.claim.price_chain_id].client_price for appeal in final]
        reserve.uncommit(session, final[0].answer.job_id, sum(prices[1:], prices[0]))
