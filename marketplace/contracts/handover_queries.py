"""Reads of handovers, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.handover_models import Handover
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who offers, who is asked, and the platform's staff."""
    if actor.is_staff:
        return true()
    own = actor.organization_id
    if own is None:
        return false()
    return or_(Handover.from_organization_id == own, Handover.to_organization_id == own)


def get_handover(session: Session, actor: Actor, handover_id: UUID) -> Handover:
    """One handover; raises forbidden, and not_found also for one the actor may not see."""
    actor.require("contract.read")
    wanted = select(Handover).where(Handover.id == handover_id, visible_to(actor))
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no handover with this id.", noun="handover")
    return found


def list_handovers(
    session: Session,
    actor: Actor,
    *,
    contract_id: UUID | None = None,
    states: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Handover]:
    """Visible handovers, the newest first. Raises forbidden."""
    actor.require("contract.read")
    wanted = select(Handover).where(visible_to(actor))
    if contract_id is not None:
        wanted = wanted.where(Handover.contract_id == contract_id)
    if states:
        wanted = wanted.where(Handover.state.in_(states))
    return paginate(session, wanted, keys=[Handover.id], cursor=cursor, limit=limit, descending=True)
