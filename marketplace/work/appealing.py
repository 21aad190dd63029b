"""Appealing: the side that lost a dispute asks once more, another person decides, and silence decides for the worker.

The worker appeals against a rejection that was upheld. The rejecting side appeals against one that was overturned; by
then it is paid, and what was accrued is never taken back: such an appeal only says whether the verdict was right, which
counts for the reviewers' statistics. States only; `settlement.appeals` calls these and books what follows.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.texts import named, say
from marketplace.work import events
from marketplace.work.dispute_models import APPEAL_WITHIN, Appeal, Dispute
from marketplace.work.disputing import DECIDE_WITHIN, Ended, locked_answer, locked_dispute, record
from marketplace.work.errors import APPEAL_EXISTS, APPEAL_TOO_LATE, REVIEW_OWN_ANSWER
from marketplace.work.finalizing import make_final
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.parties import refuse_party, rejecting_sides
from marketplace.work.states import ANSWER, APPEAL
from marketplace.work.texts import reason_of


def open_appeal(session: Session, actor: Actor, dispute_id: uuid.UUID, reason: str) -> Appeal:
    """Appeal within seven days: the worker against "upheld", the rejecting side against "overturned".

    Raises forbidden, not_found, invalid, state_conflict, appeal_too_late, appeal_exists.
    """
    actor.require("dispute.open" if actor.organization_id is None else "review.decide")
    dispute = locked_dispute(session, dispute_id)
    # The sweep that makes rejections final locks the answer too: an appeal comes before it or too late, never both.
    _, claim, _ = locked_answer(session, dispute.answer_id)
    side = _side(session, actor, dispute, claim)
    reason = reason_of(reason, "/reason")
    lost = "upheld" if side == "worker" else "overturned"
    if session.scalar(select(exists().where(Appeal.dispute_id == dispute_id))):
        raise APPEAL_EXISTS.error(say("There was an appeal already."))
    if dispute.state != lost or dispute.decided_at is None:
        message = say(
            "This dispute is %(state)s; your side can appeal against one that was %(lost)s.",
            state=named(dispute.state),
            lost=named(lost),
        )
        raise STATE_CONFLICT.error(message, noun="dispute", current=dispute.state)
    now = market_now(session)
    if now >= dispute.decided_at + APPEAL_WITHIN:
        raise APPEAL_TOO_LATE.error(say("It could be appealed against for %(days)s days.", days=APPEAL_WITHIN.days))
    appeal = Appeal(
        dispute_id=dispute_id,
        job_id=dispute.job_id,
        side=side,
        state=APPEAL.initial,
        opened_by_person_id=actor.person_id,
        opened_by_organization_id=actor.organization_id,
        reason=reason,
        opened_at=now,
        deadline_at=now + DECIDE_WITHIN,
    )
    session.add(appeal)
    session.flush()
    body = {"side": side, "reason_commitment": said(reason), "deadline_at": instant(appeal.deadline_at)}
    record(session, actor, events.DISPUTE_APPEALED, dispute, claim, body, now)
    return appeal


def _side(session: Session, actor: Actor, dispute: Dispute, claim: Claim) -> str:
    if actor.organization_id is None and actor.person_id == claim.worker_id:
        return "worker"
    if actor.organization_id is not None and actor.organization_id in rejecting_sides(session, dispute.answer_id):
        return "rejecting"
    raise NOT_FOUND.error(say("There is no dispute with this id."), noun="dispute")


def decide_appeal(session: Session, actor: Actor, dispute_id: uuid.UUID, decision: str, reason: str) -> list[Ended]:
    """Decide the appeal of a dispute: "granted" or "dismissed". Returns what is final now.

    The caller holds the job's lock. Raises forbidden, not_found, invalid, state_conflict, and review_own_answer for the
    parties (see `parties.refuse_party`) and for who decided the dispute (rule 14).
    """
    actor.require("dispute.decide")
    dispute = locked_dispute(session, dispute_id)
    appeal = appeal_of(session, dispute_id)
    if appeal is None:
        raise NOT_FOUND.error("There is no appeal of this dispute.", noun="appeal")
    if decision not in {"granted", "dismissed"}:
        message = "An appeal is granted or dismissed."
        raise INVALID.error(message, errors=[FieldError("/decision", "decision_unknown", message)])
    reason = reason_of(reason, "/reason")
    rows = locked_answer(session, dispute.answer_id)
    refuse_party(session, actor, rows[1], dispute)
    if actor.person_id is not None and actor.person_id in {dispute.decided_by_person_id, appeal.opened_by_person_id}:
        raise REVIEW_OWN_ANSWER.error("You decided the dispute; somebody else decides the appeal.")
    return _close(session, actor, dispute, appeal, rows, decision, reason)


def appeal_of(session: Session, dispute_id: uuid.UUID) -> Appeal | None:
    """The appeal of a dispute, if there was one."""
    wanted = select(Appeal).where(Appeal.dispute_id == dispute_id).execution_options(populate_existing=True)
    return session.scalars(wanted).one_or_none()


def appeals_of(session: Session, dispute_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Appeal]:
    """The appeals of these disputes, by dispute."""
    if not dispute_ids:
        return {}
    return {row.dispute_id: row for row in session.scalars(select(Appeal).where(Appeal.dispute_id.in_(dispute_ids)))}


def decide_silent(session: Session, limit: int = 100) -> tuple[int, list[Ended]]:
    """Sweep: appeals nobody decided before their deadline are decided for the worker; those of one job at a time.

    Returns how many, and what is final by that: an appeal of the rejecting side moves no answer.
    """
    silent = (Appeal.state == "open", Appeal.deadline_at <= market_now(session))
    job_id = session.scalar(select(Appeal.job_id).where(*silent).order_by(Appeal.deadline_at).limit(1))
    if job_id is None:
        return 0, []
    lock_job(session, job_id)
    overdue = (
        select(Appeal, Dispute)
        .join(Dispute, Dispute.id == Appeal.dispute_id)
        .where(*silent, Appeal.job_id == job_id)
        .order_by(Appeal.deadline_at)
        .limit(limit)
        .with_for_update(of=Dispute, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    actor = system_actor("decide_silent_appeals")
    ended = []
    found = session.execute(overdue).all()
    for appeal, dispute in found:
        decision = "granted" if appeal.side == "worker" else "dismissed"
        rows = locked_answer(session, dispute.answer_id)
        ended += _close(session, actor, dispute, appeal, rows, decision, None)
    return len(found), ended


def _close(
    session: Session,
    actor: Actor,
    dispute: Dispute,
    appeal: Appeal,
    rows: tuple[Answer, Claim, Batch],
    decision: str,
    reason: str | None,
) -> list[Ended]:
    answer, claim, batch = rows
    APPEAL.check(appeal.state, decision)
    now = market_now(session)
    appeal.state, appeal.decided_at = decision, now
    appeal.decided_by_person_id, appeal.decision = actor.person_id, reason
    session.flush()
    body = {
        "side": appeal.side,
        "decision": decision,
        "by_silence": reason is None,
        "reason_commitment": said(reason),
    }
    record(session, actor, events.APPEAL_DECIDED, dispute, claim, body, now)
    if appeal.side == "rejecting":
        return []
    return [_end(session, actor, (answer, claim, batch), decision, now)]


def _end(session: Session, actor: Actor, rows: tuple[Answer, Claim, Batch], decision: str, now: dt.datetime) -> Ended:
    answer, claim, batch = rows
    if decision == "dismissed":
        return make_final(session, actor, rows, now)
    ANSWER.check(answer.state, "accepted_on_appeal")
    answer.state, answer.decided_at = "accepted_on_appeal", now
    session.flush()
    return Ended(answer, claim, batch, "payable", now)
