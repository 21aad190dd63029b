"""Disputing: a worker contests a rejection; another side decides, and silence decides for the worker.

States only; `settlement.appeals` calls these and books what follows for the money.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.audit.events import EventKind
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.work import events, late_keeping, masking
from marketplace.work.dispute_models import APPEAL_WITHIN, Dispute
from marketplace.work.errors import DISPUTE_EXISTS, DISPUTE_TOO_LATE
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.parties import refuse_party, rejecting_sides
from marketplace.work.review_events import CONTEST_FOR
from marketplace.work.states import ANSWER, CONTESTABLE_ANSWER, DISPUTE
from marketplace.work.texts import reason_of

DECIDE_WITHIN: Final = dt.timedelta(days=7)
"""How long the other side and the decider have; after that the worker is paid."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer whose fate is now final: `outcome` is "payable" or "final" (the rejection stands)."""

    answer: Answer
    claim: Claim
    batch: Batch
    outcome: str
    decided_at: dt.datetime


def open_dispute(session: Session, actor: Actor, answer_id: uuid.UUID, reason: str) -> Dispute:
    """Contest the rejection, or the lapsed redo, of one's own answer within seven days.

    Raises forbidden, not_found, invalid, state_conflict, dispute_too_late, dispute_exists.
    """
    actor.require("dispute.open")
    gold = masking.own_gold_answer(session, actor.person, answer_id)
    if gold is not None:
        # Nobody rejects it: it is refused as any other answer that nobody rejected, and for the same reason first.
        reason_of(reason, "/reason")
        ANSWER.check(gold.state, "accepted_on_appeal")
    answer, claim, _ = locked_answer(session, answer_id)
    if claim.worker_id != actor.person:
        raise NOT_FOUND.error(say("There is no answer with this id."), noun="answer")
    reason = reason_of(reason, "/reason")
    if session.scalar(select(exists().where(Dispute.answer_id == answer_id))):
        raise DISPUTE_EXISTS.error(say("This answer is contested already."))
    if answer.state not in CONTESTABLE_ANSWER:
        ANSWER.check(answer.state, "accepted_on_appeal")
    now = market_now(session)
    if answer.decided_at is None or now >= answer.decided_at + CONTEST_FOR:
        raise DISPUTE_TOO_LATE.error(say("It could be contested for %(days)s days.", days=CONTEST_FOR.days))
    dispute = Dispute(
        answer_id=answer_id,
        job_id=claim.job_id,
        state=DISPUTE.initial,
        opened_by_person_id=actor.person,
        reason=reason,
        opened_at=now,
        deadline_at=now + DECIDE_WITHIN,
    )
    session.add(dispute)
    session.flush()
    body = {"reason_commitment": said(reason), "deadline_at": instant(dispute.deadline_at)}
    record(session, actor, events.DISPUTE_OPENED, dispute, claim, body, now)
    return dispute


def open_disputes(
    session: Session, actor: Actor, claim_id: uuid.UUID, reason: str, answer_ids: Sequence[uuid.UUID] | None = None
) -> list[Dispute]:
    """Contest several answers of one's own claim for one reason, all or none; every one that can be, if none is named.

    What was kept because it came too late is contested whole. Raises what `open_dispute` raises, state_conflict where
    nothing of the claim can be contested, and what `late_keeping.stand` raises.
    """
    actor.require("dispute.open")
    if late_keeping.stand(session, actor, claim_id) and not answer_ids:
        answer_ids = None
    own = exists().where(Claim.id == Answer.claim_id, Claim.worker_id == actor.person)
    wanted = select(Answer.id).where(Answer.claim_id == claim_id, own).order_by(Answer.ordinal, Answer.id)
    known = session.scalars(wanted).all()
    if not known:
        raise NOT_FOUND.error(say("There is no claim with this id that has answers."), noun="claim")
    if answer_ids is None:
        open_ones = (
            Answer.state.in_(sorted(CONTESTABLE_ANSWER)),
            Answer.decided_at > market_now(session) - CONTEST_FOR,
            ~exists().where(Dispute.answer_id == Answer.id),
        )
        answer_ids = session.scalars(wanted.where(*open_ones)).all()
        if not answer_ids:
            raise STATE_CONFLICT.error(say("Nothing of this claim can be contested now."), noun="claim")
    if not set(answer_ids) <= set(known):
        raise NOT_FOUND.error(say("There is no such answer on this claim."), noun="answer")
    return [open_dispute(session, actor, answer_id, reason) for answer_id in dict.fromkeys(answer_ids)]


def respond(session: Session, actor: Actor, dispute_id: uuid.UUID, response: str) -> Dispute:
    """The rejecting side says why it stands by its verdict. Raises forbidden, not_found, invalid, state_conflict."""
    actor.require("review.decide")
    dispute = locked_dispute(session, dispute_id)
    if actor.organization not in rejecting_sides(session, dispute.answer_id):
        raise NOT_FOUND.error("There is no dispute with this id.", noun="dispute")
    DISPUTE.check(dispute.state, "answered")
    dispute.state = "answered"
    dispute.response = reason_of(response, "/response")
    dispute.responded_by_person_id = actor.person_id
    session.flush()
    _, claim, _ = locked_answer(session, dispute.answer_id)
    body = {"response_commitment": said(dispute.response)}
    record(session, actor, events.DISPUTE_ANSWERED, dispute, claim, body, market_now(session))
    return dispute


def decide(session: Session, actor: Actor, dispute_id: uuid.UUID, decision: str, reason: str) -> list[Ended]:
    """Decide a dispute: "upheld" lets the rejection stand, unless the worker appeals, "overturned" has them paid.

    Where the rejecting side added nothing, what its verdict said counts as its answer. Returns what is final now.
    Raises forbidden, not_found, invalid, state_conflict, and review_own_answer for the worker, for members of the
    rejecting side, and for whoever had a hand in the verdicts (rule 14).
    """
    actor.require("dispute.decide")
    dispute = locked_dispute(session, dispute_id)
    if decision not in {"upheld", "overturned"}:
        message = "A decision is upheld or overturned."
        raise INVALID.error(message, errors=[FieldError("/decision", "decision_unknown", message)])
    reason = reason_of(reason, "/reason")
    answer, claim, batch = locked_answer(session, dispute.answer_id)
    refuse_party(session, actor, claim, dispute)
    if dispute.state == "open" and decision == "upheld":
        dispute.state = "answered"
    return _close(session, actor, dispute, (answer, claim, batch), decision, reason)


def overturn_silent(session: Session, limit: int = 100) -> list[Ended]:
    """Sweep: disputes nobody decided before their deadline are decided for the worker; those of one job at a time.

    The job is locked first, as everybody does whose answers' money follows.
    """
    silent = (Dispute.state.in_(["open", "answered"]), Dispute.deadline_at <= market_now(session))
    job_id = session.scalar(select(Dispute.job_id).where(*silent).order_by(Dispute.deadline_at).limit(1))
    if job_id is None:
        return []
    lock_job(session, job_id)
    overdue = (
        select(Dispute)
        .where(*silent, Dispute.job_id == job_id)
        .order_by(Dispute.deadline_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    actor = system_actor("overturn_silent_disputes")
    return [
        ended
        for dispute in session.scalars(overdue).all()
        for ended in _close(session, actor, dispute, locked_answer(session, dispute.answer_id), "overturned", None)
    ]


def locked_dispute(session: Session, dispute_id: uuid.UUID) -> Dispute:
    """The dispute, fresh, with its row locked; raises not_found."""
    wanted = select(Dispute).where(Dispute.id == dispute_id).with_for_update()
    dispute = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if dispute is None:
        raise NOT_FOUND.error(say("There is no dispute with this id."), noun="dispute")
    return dispute


def locked_answer(session: Session, answer_id: uuid.UUID) -> tuple[Answer, Claim, Batch]:
    """The answer, fresh, with its row locked, its claim and batch; raises not_found."""
    # The sweep that makes rejections final takes the same lock: a dispute comes before it or too late, never both.
    wanted = (
        select(Answer, Claim, Batch)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(Answer.id == answer_id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NOT_FOUND.error(say("There is no answer with this id."), noun="answer")
    answer, claim, batch = row
    return answer, claim, batch


def _close(
    session: Session,
    actor: Actor,
    dispute: Dispute,
    rows: tuple[Answer, Claim, Batch],
    decision: str,
    reason: str | None,
) -> list[Ended]:
    """An overturned rejection is paid at once and for good; one that is upheld stays open to the worker's appeal."""
    answer, claim, batch = rows
    DISPUTE.check(dispute.state, decision)
    ANSWER.check(answer.state, "accepted_on_appeal")
    now = market_now(session)
    dispute.state, dispute.decided_at = decision, now
    dispute.decided_by_person_id, dispute.decision = actor.person_id, reason
    if decision == "overturned":
        answer.state, answer.decided_at = "accepted_on_appeal", now
    session.flush()
    body = {
        "decision": decision,
        "by_silence": reason is None,
        "reason_commitment": said(reason),
        "appeal_until": instant(now + APPEAL_WITHIN),
    }
    record(session, actor, events.DISPUTE_DECIDED, dispute, claim, body, now)
    return [Ended(answer, claim, batch, "payable", now)] if decision == "overturned" else []


def record(
    session: Session,
    actor: Actor,
    kind: EventKind,
    dispute: Dispute,
    claim: Claim,
    body: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Write what happened to a dispute, for its two sides."""
    audit.record(
        session,
        kind,
        actor,
        subject=("dispute", dispute.id),
        organizations=sorted(rejecting_sides(session, dispute.answer_id)),
        people=[claim.worker_id],
        body={"job": public("job", dispute.job_id), "answer": public("answer", dispute.answer_id), **body},
        at=now,
    )
