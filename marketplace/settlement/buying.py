"""Buying what was finally rejected: the client pays for it, does not use it, and may read it (rule 7)."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import chains
from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.settlement.booking import book_accepted
from marketplace.work import reviewing
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.models import Answer, Claim

_PAYING = frozenset({"open", "paused", "draining", "completed"})
"""States in which a job still has its reserve."""


def buy_rejected(session: Session, actor: Actor, answer_id: uuid.UUID, category: str, comment: str) -> Answer:
    """Turn a finally rejected answer of one's own job to paid and not used; worker and chain are paid at once.

    Its part of the reserve was given free when the rejection became final, and is committed and spent again. Raises
    forbidden, not_found, invalid, state_conflict, reserve_short.
    """
    actor.require("job.fund")
    of_own_job = (
        select(Answer.job_id).join(Job, Job.id == Answer.job_id).where(Job.organization_id == actor.organization)
    )
    job_id = session.scalar(of_own_job.where(Answer.id == answer_id))
    if job_id is None:
        raise NOT_FOUND.error("There is no answer with this id.", noun="answer")
    if category not in REVIEW_CATEGORIES:
        message = f"A category is one of {', '.join(REVIEW_CATEGORIES)}."
        raise INVALID.error(message, errors=[FieldError("/category", "category_unknown", message)])
    job = lock_job(session, job_id)
    if job.state not in _PAYING:
        raise STATE_CONFLICT.error(f"This job is {job.state}; its reserve went back.", noun="job", current=job.state)
    # Fresh under the job's lock: two who buy it at once would both find it unpaid.
    answer = session.get_one(Answer, answer_id, populate_existing=True)
    claim = session.get_one(Claim, answer.claim_id)
    reviewing.turn_to_paid(session, actor, claim, answer, category, comment, market_now(session))
    reserve.commit(session, job_id, chains.load(session, [claim.price_chain_id])[claim.price_chain_id].client_price)
    book_accepted(session, actor, claim, [answer_id])
    return answer
