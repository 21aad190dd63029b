"""Reads: extras, for the worker who gets them and for who pays them."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.settlement.extra_models import ALLOWANCE_KINDS, LAYER_KINDS, Extra


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The extras an actor may see: one's own as a worker, those one's organization pays, as staff all (rule 12)."""
    if actor.is_staff:
        return true() if actor.may("margin.read") else false()
    if actor.organization_id is None:
        return Extra.worker_id == actor.person_id
    if not actor.may("margin.read"):
        return false()
    client = exists().where(Job.id == Extra.job_id, Job.organization_id == actor.organization_id)
    layer = Extra.debtor_organization_id == actor.organization_id
    return or_(and_(Extra.kind.in_(ALLOWANCE_KINDS), client), and_(Extra.kind.in_(LAYER_KINDS), layer))


def extras(
    session: Session,
    actor: Actor,
    *,
    job_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Extra]:
    """The extras the actor may see, newest first, optionally of one job. Raises forbidden."""
    actor.require("margin.read" if actor.organization_id is not None else "earning.read")
    wanted = select(Extra).where(visible_to(actor))
    if job_id is not None:
        wanted = wanted.where(Extra.job_id == job_id)
    return paginate(session, wanted, keys=[Extra.id], cursor=cursor, limit=limit, descending=True)


def extras_of_claims(session: Session, actor: Actor, claim_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Extra]]:
    """What of the extras paid for these claims the actor may see, oldest first, by claim."""
    found: dict[uuid.UUID, list[Extra]] = {claim_id: [] for claim_id in claim_ids}
    wanted = select(Extra).where(Extra.claim_id.in_(claim_ids), visible_to(actor)).order_by(Extra.id)
    for extra in session.scalars(wanted):
        assert extra.claim_id is not None
        found[extra.claim_id].append(extra)
    return found
