"""How a quality claim ends: the layer agrees, is silent, or contests it and operations decide (J10b)."""

import uuid

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.kernel.actor import EVERYTHING, Actor, system_actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.settlement.errors import QUALITY_CLAIM_PARTY
from marketplace.settlement.quality_claiming import end, locked_claim, parties
from marketplace.settlement.quality_collecting import collect
from marketplace.settlement.quality_events import QUALITY_CLAIM_CONTESTED, QUALITY_CLAIM_DECIDED
from marketplace.settlement.quality_models import QualityClaim, QualityClaimAnswer
from marketplace.settlement.quality_states import QUALITY_CLAIM
from marketplace.settlement.vouching import vouched
from marketplace.work.models import Answer, Claim, Review
from marketplace.work.parties import is_member
from marketplace.work.texts import reason_of


def agree(session: Session, actor: Actor, claim_id: uuid.UUID) -> QualityClaim:
    """The claimed layer agrees: the claim is upheld at once. Raises forbidden, not_found, state_conflict."""
    claim = _claimed(session, actor, claim_id)
    if claim.state != "open":
        QUALITY_CLAIM.check(claim.state, "contested")
    _uphold(session, actor, claim, because="agreed")
    return claim


def contest(session: Session, actor: Actor, claim_id: uuid.UUID, response: str) -> QualityClaim:
    """The claimed layer contests, and says why: operations decide.

    Raises forbidden, not_found, invalid, state_conflict.
    """
    claim = _claimed(session, actor, claim_id)
    QUALITY_CLAIM.check(claim.state, "contested")
    claim.response = reason_of(response, "/response")
    claim.state, claim.responded_by_person_id = "contested", actor.person_id
    claim.responded_at = market_now(session)
    session.flush()
    record(
        session,
        QUALITY_CLAIM_CONTESTED,
        actor,
        subject=("quality_claim", claim.id),
        organizations=parties(claim),
        body={
            "job": public("job", claim.job_id),
            "response_commitment": said(claim.response),
        },
    )
    return claim


def _claimed(session: Session, actor: Actor, claim_id: uuid.UUID) -> QualityClaim:
    actor.require("quality_claim.answer")
    claim = locked_claim(session, claim_id)
    if actor.organization != claim.against_organization_id:
        raise NOT_FOUND.error("There is no quality claim with this id.", noun="quality_claim")
    return claim


def decide(session: Session, actor: Actor, claim_id: uuid.UUID, decision: str, reason: str) -> QualityClaim:
    """Operations decide a contested claim: "upheld" gives back what was asked, "dismissed" nothing.

    Raises forbidden, not_found, invalid, state_conflict, and quality_claim_party for who belongs to a side of the work,
    or had a part in it (rule 14).
    """
    actor.require("quality_claim.decide")
    claim = locked_claim(session, claim_id)
    if decision not in {"upheld", "dismissed"}:
        message = "A decision is upheld or dismissed."
        raise INVALID.error(message, errors=[FieldError("/decision", "decision_unknown", message)])
    reason = reason_of(reason, "/reason")
    _refuse_party(session, actor, claim)
    if claim.state == "open":
        # The layer has its time to answer first.
        QUALITY_CLAIM.check("open", "dismissed")
    if decision == "upheld":
        _uphold(session, actor, claim, because="decided", reason=reason)
    else:
        end(session, claim, "dismissed", actor, decision=reason)
        _record_decided(session, actor, claim, "decided")
    return claim


def uphold_silent(session: Session) -> int:
    """Sweep: uphold one claim that the claimed layer did not answer in time; returns how many it upheld.

    One in a transaction: each may post a journal of its own.
    """
    silent = (QualityClaim.state == "open", QualityClaim.deadline_at <= market_now(session))
    claim_id = session.scalar(select(QualityClaim.id).where(*silent).order_by(QualityClaim.deadline_at).limit(1))
    if claim_id is None:
        return 0
    claim = locked_claim(session, claim_id)
    if claim.state != "open":
        return 0
    _uphold(session, system_actor("uphold_silent_quality_claims"), claim, because="silence")
    return 1


def _uphold(session: Session, actor: Actor, claim: QualityClaim, *, because: str, reason: str | None = None) -> None:
    """What was asked comes back: at most the share of its own price that the claimant was promised."""
    end(session, claim, "upheld", actor, decision=reason)
    claim.amount = claim.uncollected_amount = claim.asked_amount
    session.flush()
    _record_decided(session, actor, claim, because)
    collect(session, actor, claim, at_once=True)


def _record_decided(session: Session, actor: Actor, claim: QualityClaim, because: str) -> None:
    record(
        session,
        QUALITY_CLAIM_DECIDED,
        actor,
        subject=("quality_claim", claim.id),
        organizations=parties(claim),
        body={
            "job": public("job", claim.job_id),
            "decision": claim.state,
            "because": because,
            "amount": claim.awarded.to_wire(),
            "reason_commitment": said(claim.decision),
        },
    )


def _refuse_party(session: Session, actor: Actor, claim: QualityClaim) -> None:
    if EVERYTHING in actor.permissions and actor.person_id is None:
        return
    about = select(QualityClaimAnswer.answer_id).where(QualityClaimAnswer.quality_claim_id == claim.id)
    answer_ids = list(session.scalars(about))
    sides = {side for one in vouched(session, answer_ids) for side in one.sides} | parties(claim)
    worked = exists().where(Answer.id.in_(answer_ids), Claim.id == Answer.claim_id, Claim.worker_id == actor.person_id)
    reviewed = exists().where(Review.answer_id.in_(answer_ids), Review.reviewer_person_id == actor.person_id)
    if (
        actor.person_id in {claim.opened_by_person_id, claim.responded_by_person_id}
        or actor.organization_id in sides
        or is_member(session, actor.person_id, sides)
        or session.scalar(select(or_(worked, reviewed)))
    ):
        raise QUALITY_CLAIM_PARTY.error("You are a party to this claim.")
