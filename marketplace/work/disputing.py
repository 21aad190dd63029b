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
from marketplace.db.clock import market_now
from marketplace.identity.models import Membership
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import EVERYTHING, Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.work import events
from marketplace.work.dispute_models import Dispute
from marketplace.work.errors import DISPUTE_EXISTS, DISPUTE_TOO_LATE, REVIEW_OWN_ANSWER
from marketplace.work.models import Answer, Batch, Claim, Review
from marketplace.work.review_events import CONTEST_FOR, text_digest
from marketplace.work.states import ANSWER, CONTESTABLE_ANSWER, DISPUTE
from marketplace.work.texts import reason_of

DECIDE_WITHIN: Final = dt.timedelta(days=7)
"""How long the other side and the decider have; after that the worker is paid."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """An answer whose fate is now final: `outcome` is "payable" or "final" (the rejection stands)."""

    answer: Answer
    claim: Claim
    batch: Batch
    dispute: Dispute | None
    outcome: str
    decided_at: dt.datetime


def open_dispute(session: Session, actor: Actor, answer_id: uuid.UUID, reason: str) -> Dispute:
    """Contest the rejection, or the lapsed redo, of one's own answer within seven days.

    Raises forbidden, not_found, invalid, state_conflict, dispute_too_late, dispute_exists.
    """
    actor.require("dispute.open")
    answer, claim, _ = _locked(session, answer_id)
    if claim.worker_id != actor.person:
        raise NOT_FOUND.error("There is no answer with this id.", noun="answer")
    reason = reason_of(reason, "/reason")
    if session.scalar(select(exists().where(Dispute.answer_id == answer_id))):
        raise DISPUTE_EXISTS.error("This answer is contested already.")
    if answer.state not in CONTESTABLE_ANSWER:
        ANSWER.check(answer.state, "accepted_on_appeal")
    now = market_now(session)
    if answer.decided_at is None or now >= answer.decided_at + CONTEST_FOR:
        raise DISPUTE_TOO_LATE.error(f"It could be contested for {CONTEST_FOR.days} days.")
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
    body = {"reason_digest": text_digest(reason), "deadline_at": instant(dispute.deadline_at)}
    _record(session, actor, events.DISPUTE_OPENED, dispute, claim, body, now)
    return dispute


def respond(session: Session, actor: Actor, dispute_id: uuid.UUID, response: str) -> Dispute:
    """The rejecting side says why it stands by its verdict. Raises forbidden, not_found, invalid, state_conflict."""
    actor.require("review.decide")
    dispute = _dispute(session, dispute_id)
    rejection = rejection_of(session, dispute.answer_id)
    if rejection is None or rejection.reviewer_organization_id != actor.organization:
        raise NOT_FOUND.error("There is no dispute with this id.", noun="dispute")
    DISPUTE.check(dispute.state, "answered")
    dispute.state = "answered"
    dispute.response = reason_of(response, "/response")
    dispute.responded_by_person_id = actor.person_id
    session.flush()
    _, claim, _ = _locked(session, dispute.answer_id)
    body = {"response_digest": text_digest(dispute.response)}
    _record(session, actor, events.DISPUTE_ANSWERED, dispute, claim, body, market_now(session))
    return dispute


def decide(session: Session, actor: Actor, dispute_id: uuid.UUID, decision: str, reason: str) -> Appeal:
    """Decide a dispute: "upheld" lets the rejection stand, "overturned" has the worker paid.

    Where the rejecting side added nothing, what its verdict said counts as its answer. Raises forbidden, not_found,
    invalid, state_conflict, and review_own_answer for the worker and for members of the rejecting side (rule 14).
    """
    actor.require("dispute.decide")
    dispute = _dispute(session, dispute_id)
    if decision not in {"upheld", "overturned"}:
        message = "A decision is upheld or overturned."
        raise INVALID.error(message, errors=[FieldError("/decision", "decision_unknown", message)])
    reason = reason_of(reason, "/reason")
    answer, claim, batch = _locked(session, dispute.answer_id)
    _not_a_party(session, actor, claim, dispute.answer_id)
    if dispute.state == "open" and decision == "upheld":
        dispute.state = "answered"
    return _close(session, actor, dispute, (answer, claim, batch), decision, reason)


def overturn_silent(session: Session, limit: int = 100) -> list[Appeal]:
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
        _close(session, actor, dispute, _locked(session, dispute.answer_id), "overturned", None)
        for dispute in session.scalars(overdue).all()
    ]


def finalize_uncontested(session: Session, limit: int = 500) -> list[Appeal]:
    """Sweep: rejections and lapsed redos that nobody contested in time become final; those of one job at a time.

    The job is locked first, as everybody does whose answers' money follows.
    """
    now = market_now(session)
    uncontested = (
        Answer.state.in_(sorted(CONTESTABLE_ANSWER)),
        Answer.decided_at <= now - CONTEST_FOR,
        ~exists().where(Dispute.answer_id == Answer.id),
    )
    job_id = session.scalar(select(Answer.job_id).where(*uncontested).order_by(Answer.decided_at).limit(1))
    if job_id is None:
        return []
    lock_job(session, job_id)
    overdue = (
        select(Answer, Claim, Batch)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(*uncontested, Answer.job_id == job_id)
        .order_by(Answer.decided_at)
        .limit(limit)
        .with_for_update(of=Answer, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    actor = system_actor("finalize_rejections")
    appeals = []
    for answer, claim, batch in session.execute(overdue).all():
        ANSWER.check(answer.state, "rejection_final")
        answer.state = "rejection_final"
        appeals.append(Appeal(answer, claim, batch, None, "final", now))
        audit.record(
            session,
            events.REJECTION_FINAL,
            actor,
            subject=("answer", answer.id),
            people=[claim.worker_id],
            body={"job": public("job", answer.job_id), "claim": public("claim", claim.id)},
            at=now,
        )
    session.flush()
    return appeals


def rejection_of(session: Session, answer_id: uuid.UUID) -> Review | None:
    """The verdict that is contested: the newest that rejected the answer or sent it back."""
    return rejections_of(session, [answer_id]).get(answer_id)


def rejections_of(session: Session, answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Review]:
    """`rejection_of` for many answers, by answer id."""
    wanted = select(Review).where(Review.answer_id.in_(answer_ids), Review.verdict.in_(["reject", "redo"]))
    newest_last = wanted.order_by(Review.created_at, Review.id)
    return {review.answer_id: review for review in session.scalars(newest_last)}


def _dispute(session: Session, dispute_id: uuid.UUID) -> Dispute:
    wanted = select(Dispute).where(Dispute.id == dispute_id).with_for_update()
    dispute = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if dispute is None:
        raise NOT_FOUND.error("There is no dispute with this id.", noun="dispute")
    return dispute


def _locked(session: Session, answer_id: uuid.UUID) -> tuple[Answer, Claim, Batch]:
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
        raise NOT_FOUND.error("There is no answer with this id.", noun="answer")
    answer, claim, batch = row
    return answer, claim, batch


def _not_a_party(session: Session, actor: Actor, claim: Claim, answer_id: uuid.UUID) -> None:
    if EVERYTHING in actor.permissions and actor.person_id is None:
        return
    rejection = rejection_of(session, answer_id)
    side = None if rejection is None else rejection.reviewer_organization_id
    member = side is not None and session.scalar(
        select(exists().where(Membership.person_id == actor.person, Membership.organization_id == side))
    )
    if actor.person_id == claim.worker_id or actor.organization_id == side or member:
        raise REVIEW_OWN_ANSWER.error("You are a party to this dispute.")


def _close(
    session: Session,
    actor: Actor,
    dispute: Dispute,
    rows: tuple[Answer, Claim, Batch],
    decision: str,
    reason: str | None,
) -> Appeal:
    answer, claim, batch = rows
    DISPUTE.check(dispute.state, decision)
    target = "rejection_final" if decision == "upheld" else "accepted_on_appeal"
    ANSWER.check(answer.state, target)
    now = market_now(session)
    dispute.state, dispute.decided_at = decision, now
    dispute.decided_by_person_id, dispute.decision = actor.person_id, reason
    answer.state, answer.decided_at = target, now
    session.flush()
    body = {"decision": decision, "by_silence": reason is None, "reason_digest": text_digest(reason)}
    _record(session, actor, events.DISPUTE_DECIDED, dispute, claim, body, now)
    return Appeal(answer, claim, batch, dispute, "final" if decision == "upheld" else "payable", now)


def _record(
    session: Session,
    actor: Actor,
    kind: EventKind,
    dispute: Dispute,
    claim: Claim,
    body: dict[str, Any],
    now: dt.datetime,
) -> None:
    rejection = rejection_of(session, dispute.answer_id)
    side = None if rejection is None else rejection.reviewer_organization_id
    audit.record(
        session,
        kind,
        actor,
        subject=("dispute", dispute.id),
        organizations=[side] if side is not None else [],
        people=[claim.worker_id],
        body={"job": public("job", dispute.job_id), "answer": public("answer", dispute.answer_id), **body},
        at=now,
    )
