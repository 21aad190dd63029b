"""Reads of contracts, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.models import Contract, ContractRate
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class RateView:
    """One rate of a contract: buying price of the seller per answer, its items, and those not given on yet."""

    code: str
    price: Money
    items: int
    free_items: int


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of contracts: its two parties, and the platform's staff.

    The client sees its root contract and those it sells to layer 1; what happens further below is
    the parties' own, and readers of price chains learn of it what the job's policy shows.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("contract.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true()
    own = actor.organization_id
    return or_(Contract.seller_organization_id == own, Contract.buyer_organization_id == own)


def get_contract(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """One contract; raises not_found also for one the actor may not see."""
    statement = select(Contract).where(Contract.id == contract_id, visible_to(actor))
    contract = session.scalars(statement).one_or_none()
    if contract is None:
        raise NOT_FOUND.error("There is no contract with this id.", noun="contract")
    return contract


def list_contracts(
    session: Session,
    actor: Actor,
    *,
    job_id: UUID | None = None,
    parent_id: UUID | None = None,
    states: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Contract]:
    """Visible contracts, newest first."""
    statement = select(Contract).where(visible_to(actor))
    if job_id is not None:
        statement = statement.where(Contract.job_id == job_id)
    if parent_id is not None:
        statement = statement.where(Contract.parent_id == parent_id)
    if states:
        statement = statement.where(Contract.state.in_(states))
    return paginate(session, statement, keys=[Contract.id], cursor=cursor, limit=limit, descending=True)


def halted(session: Session, contract_ids: Collection[UUID]) -> set[UUID]:
    """Those of the contracts that are frozen or have a frozen one above them."""
    way = select(Contract.id.label("origin"), Contract.parent_id, Contract.state)
    way_up = way.where(Contract.id.in_(contract_ids)).cte("way", recursive=True)
    above = aliased(Contract)
    step = select(way_up.c.origin, above.parent_id, above.state).join(way_up, above.id == way_up.c.parent_id)
    way_up = way_up.union_all(step)
    return set(session.scalars(select(way_up.c.origin).where(way_up.c.state == "frozen").distinct()))


def root_of(session: Session, job_id: UUID) -> Contract | None:
    """The job's own contract (layer 0); None before publication."""
    return session.scalars(
        select(Contract).where(Contract.job_id == job_id, Contract.parent_id.is_(None))
    ).one_or_none()


def rates_of(session: Session, contract_ids: Collection[UUID]) -> dict[UUID, list[RateView]]:
    """The rate cards of these contracts, by contract, each ordered by code."""
    found: dict[UUID, list[RateView]] = {contract_id: [] for contract_id in contract_ids}
    statement = (
        select(
            ContractRate.contract_id,
            ContractRate.rate_code,
            ContractRate.price_amount,
            ContractRate.currency,
            func.ordinals_count(ContractRate.allotment),
            func.ordinals_count(ContractRate.free),
        )
        .where(ContractRate.contract_id.in_(contract_ids))
        .order_by(ContractRate.rate_code)
    )
    for contract_id, code, amount, currency, items, free_items in session.execute(statement):
        found[contract_id].append(RateView(code, Money(amount, currency), items, free_items))
    return found
