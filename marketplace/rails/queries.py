"""Deposits, refunds and chargebacks as their readers may see them."""

import uuid

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.port import PayIn, Rails, bank_rails


def _deposits_of(actor: Actor) -> ColumnElement[bool]:
    """Deposits of the actor's own organization; all of them for the platform's staff."""
    return true() if actor.is_staff else Deposit.organization_id == actor.organization


def get_deposit(session: Session, actor: Actor, deposit_id: uuid.UUID) -> Deposit:
    """One deposit that the actor may see. Raises forbidden without deposit.read, not_found."""
    actor.require("deposit.read")
    found = session.scalars(select(Deposit).where(Deposit.id == deposit_id, _deposits_of(actor))).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no deposit with this id.", noun="deposit")
    return found


def get_refund(session: Session, actor: Actor, refund_id: uuid.UUID) -> Refund:
    """One refund that the actor may see. Raises forbidden without deposit.read, not_found."""
    actor.require("deposit.read")
    found = session.scalars(select(Refund).where(Refund.id == refund_id, _refunds_of(actor))).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no refund with this id.", noun="refund")
    return found


def pay_in(rails: Rails, deposit: Deposit) -> PayIn | None:
    """Where the payer sends the money by themselves, while a deposit at a bank waits for it."""
    bank = bank_rails(rails).get(deposit.rail)
    if bank is None or deposit.state != "pending" or deposit.reference is None:
        return None
    return bank.pay_in(deposit.currency, deposit.reference)


def list_deposits(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Deposit]:
    """Deposits that the actor may see, newest first. Raises forbidden without deposit.read."""
    actor.require("deposit.read")
    query = select(Deposit).where(_deposits_of(actor))
    if state is not None:
        query = query.where(Deposit.state == state)
    return paginate(session, query, keys=[Deposit.id], cursor=cursor, limit=limit, descending=True)


def list_refunds(
    session: Session,
    actor: Actor,
    *,
    deposit_id: uuid.UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Refund]:
    """Refunds that the actor may see, newest first. Raises forbidden without deposit.read."""
    actor.require("deposit.read")
    query = select(Refund).where(_refunds_of(actor))
    if deposit_id is not None:
        query = query.where(Refund.deposit_id == deposit_id)
    if state is not None:
        query = query.where(Refund.state == state)
    return paginate(session, query, keys=[Refund.id], cursor=cursor, limit=limit, descending=True)


def chargebacks(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Chargeback]:
    """Chargebacks that the actor may see, newest first. Raises forbidden without chargeback.read."""
    actor.require("chargeback.read")
    query = select(Chargeback).where(_chargebacks_of(actor))
    if state is not None:
        query = query.where(Chargeback.state == state)
    return paginate(session, query, keys=[Chargeback.id], cursor=cursor, limit=limit, descending=True)


def get_chargeback(session: Session, actor: Actor, chargeback_id: uuid.UUID) -> Chargeback:
    """One chargeback that the actor may see. Raises forbidden without chargeback.read, not_found."""
    actor.require("chargeback.read")
    query = select(Chargeback).where(Chargeback.id == chargeback_id, _chargebacks_of(actor))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no chargeback with this id.", noun="chargeback")
    return found


def _refunds_of(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_staff else Refund.organization_id == actor.organization


def _chargebacks_of(actor: Actor) -> ColumnElement[bool]:
    """A client's own; all of them for the platform's staff."""
    if actor.is_staff:
        return true()
    return Chargeback.organization_id == actor.organization
