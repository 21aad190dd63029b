"""Reads of quality claims, and who may see which."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.settlement.quality_models import QualityClaim, QualityClaimAnswer


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The two organizations that a claim is between, and the platform's staff."""
    if actor.is_staff:
        return true()
    own = actor.organization_id
    if own is None:
        return false()
    return or_(QualityClaim.claimant_organization_id == own, QualityClaim.against_organization_id == own)


def quality_claims(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    job_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[QualityClaim]:
    """The claims the actor may see, newest first. Raises forbidden."""
    actor.require("quality_claim.read")
    wanted = select(QualityClaim).where(visible_to(actor))
    if state is not None:
        wanted = wanted.where(QualityClaim.state == state)
    if job_id is not None:
        wanted = wanted.where(QualityClaim.job_id == job_id)
    return paginate(session, wanted, keys=[QualityClaim.id], cursor=cursor, limit=limit, descending=True)


def get_quality_claim(session: Session, actor: Actor, claim_id: uuid.UUID) -> QualityClaim:
    """One claim; raises forbidden, and not_found also for one the actor may not see."""
    actor.require("quality_claim.read")
    found = session.scalar(select(QualityClaim).where(QualityClaim.id == claim_id, visible_to(actor)))
    if found is None:
        raise NOT_FOUND.error("There is no quality claim with this id.", noun="quality_claim")
    return found


def answers_of(session: Session, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The answers that each claim is about, ascending."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {claim_id: [] for claim_id in claim_ids}
    wanted = select(QualityClaimAnswer).where(QualityClaimAnswer.quality_claim_id.in_(claim_ids))
    for row in session.scalars(wanted.order_by(QualityClaimAnswer.answer_id)):
        found[row.quality_claim_id].append(row.answer_id)
    return found


@dataclass(frozen=True, slots=True)
class Sides:
    """Between whom a claim is, as one reader may know it: None is a layer above or below that is hidden from them."""

    claimant_organization_id: uuid.UUID | None
    against_organization_id: uuid.UUID | None
    contract_id: uuid.UUID | None


def sides_of(session: Session, actor: Actor, claims: Sequence[QualityClaim]) -> dict[uuid.UUID, Sides]:
    """Between whom the claims are, by id. Neighbours know each other, and all know the client (rule 12)."""
    jobs = {row.id: row for row in session.scalars(select(Job).where(Job.id.in_({one.job_id for one in claims})))}
    wanted = select(Contract).where(Contract.id.in_({one.contract_id for one in claims}))
    buyers = {row.id: row.buyer_organization_id for row in session.scalars(wanted)}
    return {one.id: _sides(actor, one, jobs[one.job_id], buyers[one.contract_id]) for one in claims}


def _sides(actor: Actor, claim: QualityClaim, job: Job, buyer_id: uuid.UUID) -> Sides:
    claimant, own = claim.claimant_organization_id, actor.organization_id
    neighbours = actor.is_staff or job.price_visibility == "full" or claimant == buyer_id
    sees_below = neighbours or own == claim.against_organization_id
    return Sides(
        claimant if neighbours or claimant in {own, job.organization_id} else None,
        claim.against_organization_id if sees_below else None,
        claim.contract_id if sees_below else None,
    )
