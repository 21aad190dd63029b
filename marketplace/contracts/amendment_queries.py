"""Reads of amendments; the two parties of a contract see them, and the platform's staff."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Amendment, AmendmentRate, Contract
from marketplace.contracts.queries import get_contract, visible_to
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND


def get_amendment(session: Session, actor: Actor, amendment_id: UUID) -> Amendment:
    """One amendment; raises not_found also for one the actor may not see."""
    wanted = select(Amendment).join(Contract, Contract.id == Amendment.contract_id)
    amendment = session.scalars(wanted.where(Amendment.id == amendment_id, visible_to(actor))).one_or_none()
    if amendment is None:
        raise NOT_FOUND.error("There is no amendment with this id.", noun="amendment")
    return amendment


def amendments(
    session: Session, actor: Actor, contract_id: UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Amendment]:
    """Everything ever proposed for a contract, newest first. Raises not_found."""
    contract = get_contract(session, actor, contract_id)
    wanted = select(Amendment).where(Amendment.contract_id == contract.id)
    return paginate(session, wanted, keys=[Amendment.id], cursor=cursor, limit=limit, descending=True)


def rates_of_amendments(session: Session, amendment_ids: Collection[UUID]) -> dict[UUID, list[AmendmentRate]]:
    """The prices of these amendments, by amendment, each ordered by code."""
    found: dict[UUID, list[AmendmentRate]] = {amendment_id: [] for amendment_id in amendment_ids}
    wanted = select(AmendmentRate).where(AmendmentRate.amendment_id.in_(amendment_ids))
    for rate in session.scalars(wanted.order_by(AmendmentRate.rate_code)):
        found[rate.amendment_id].append(rate)
    return found
