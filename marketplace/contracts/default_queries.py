"""Reads of defaults, and who may see which."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.models import Contract
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who sold before, who sells now, who buys, and the platform's staff."""
    if actor.is_staff:
        return true()
    own = actor.organization_id
    if own is None:
        return false()
    buys = exists().where(Contract.id == ContractDefault.contract_id, Contract.buyer_organization_id == own)
    return or_(ContractDefault.former_organization_id == own, ContractDefault.successor_organization_id == own, buys)


def knows_money(actor: Actor, default: ContractDefault) -> bool:
    """Whether the actor may know what is held: the former seller and the platform's staff."""
    return actor.is_staff or actor.organization_id == default.former_organization_id


def get_default(session: Session, actor: Actor, default_id: UUID) -> ContractDefault:
    """One default; raises forbidden, and not_found also for one the actor may not see."""
    actor.require("default.read")
    found = session.scalars(
        select(ContractDefault).where(ContractDefault.id == default_id, visible_to(actor))
    ).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no default with this id.", noun="default")
    return found


def list_defaults(
    session: Session,
    actor: Actor,
    *,
    contract_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[ContractDefault]:
    """Visible defaults, newest first. Raises forbidden."""
    actor.require("default.read")
    wanted = select(ContractDefault).where(visible_to(actor))
    if contract_id is not None:
        wanted = wanted.where(ContractDefault.contract_id == contract_id)
    return paginate(session, wanted, keys=[ContractDefault.id], cursor=cursor, limit=limit, descending=True)


def in_default(session: Session, organization_id: UUID) -> bool:
    """Whether what the organization earned by some contract is held because it could not go on."""
    unresolved = exists().where(
        ContractDefault.former_organization_id == organization_id, ContractDefault.released_at.is_(None)
    )
    return bool(session.scalar(select(unresolved)))


def gave_up(session: Session, contract_id: UUID) -> set[UUID]:
    """Who was in default with the contract before."""
    wanted = select(ContractDefault.former_organization_id).where(ContractDefault.contract_id == contract_id)
    return set(session.scalars(wanted))


def took_over(session: Session, contract_id: UUID, organization_id: UUID) -> bool:
    """Whether the contract came to the organization by a default, and not by its own consent."""
    came = exists().where(
        ContractDefault.contract_id == contract_id, ContractDefault.successor_organization_id == organization_id
    )
    return bool(session.scalar(select(came)))
