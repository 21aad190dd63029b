"""The one door by which answers are decided: the verdicts, and in the same transaction the money that follows.

Where nothing is said of many claims but yes, `bulk_accepting` does the same for all of them at once.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.settlement import redoing
from marketplace.settlement.booking import book_accepted
from marketplace.work import reviewing
from marketplace.work.models import Claim
from marketplace.work.verdicts import Decisions, Verdict


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
