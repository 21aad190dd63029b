"""The inbox: what rails tell is kept first, once, and acted on afterwards."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.ledger.posting import hold
from marketplace.ledger.recipes.accounts import client_deposits
from marketplace.logs import get_logger
from marketplace.rails import methods
from marketplace.rails.booking import Arrival, make_available, refuse
from marketplace.rails.models import Deposit, RailEvent
from marketplace.rails.port import Rail, Refused, Transactions
from marketplace.rails.port import RailEvent as Told

OVERLAP = dt.timedelta(days=1)
"""How far back events are read again: a rail may show an event later than one that is younger."""

OURS = frozenset({"charge.available", "charge.refused", "destination.ready", "destination.told"})
"""Kinds that lead to something here; others are kept because the rail said them. A dispute.lost is read when its
chargeback is settled, which may come to be later than the message."""

_LOG = get_logger(__name__)


def keep(session: Session, provider: str, event: Told) -> bool:
    """Put one event into the inbox; says whether it is new."""
    statement = (
        insert(RailEvent)
        .values(provider=provider, event_id=event.event_id, payload={"kind": event.kind, **event.payload})
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(RailEvent.id)
    )
    return session.execute(statement).scalar_one_or_none() is not None


def pull(transactions: Transactions, rail: Rail) -> int:
    """Ask the rail for its events, outside any transaction, and keep the new ones; returns how many those are."""
    with transactions() as session:
        newest = session.execute(
            select(func.max(RailEvent.received_at)).where(RailEvent.provider == rail.name)
        ).scalar_one_or_none()
    told = list(rail.events(None if newest is None else newest - OVERLAP))
    with transactions() as session:
        return sum(keep(session, rail.name, event) for event in told)


def process_inbox(session: Session, provider: str, limit: int) -> int:
    """Act on waiting events of one rail, oldest first; returns how many.

    Others that do the same at once take other events. An event that cannot be read or does not fit is put aside with
    a line in the log: the rail's balance keeps what it was about.
    """
    waiting = session.scalars(
        select(RailEvent)
        .where(RailEvent.provider == provider, RailEvent.processed_at.is_(None))
        .order_by(RailEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    arrivals = {event.id: arrival for event in waiting if (arrival := _read_arrival(event.payload)) is not None}
    _hold_accounts(session, arrivals.values())
    for event in waiting:
        arrival = arrivals.get(event.id)
        done = make_available(session, arrival) if arrival is not None else _act(session, provider, event.payload)
        if not done:
            _LOG.warning("rail_event_put_aside", provider=provider, event_id=event.event_id)
        event.processed_at = market_now(session)
    session.flush()
    return len(waiting)


def _read_arrival(payload: Mapping[str, Any]) -> Arrival | None:
    if payload.get("kind") != "charge.available":
        return None
    try:
        amount = Money.from_wire(payload["amount"])
        fee = Money.from_wire(payload["fee"]) if "fee" in payload else Money.zero(amount.currency)
        if amount.currency != fee.currency or fee.amount > amount.amount:
            return None
        pushed = payload.get("pushed") is True
        return Arrival(parse("deposit", payload["deposit"]), amount, fee, str(payload["reference"]), pushed)
    except (DomainError, KeyError):
        return None


def _act(session: Session, provider: str, payload: Mapping[str, Any]) -> bool:
    """What else a rail tells; says whether it could be read and fitted."""
    if payload.get("kind") not in OURS:
        return True
    try:
        if payload["kind"] == "destination.ready":
            return methods.note_ready(session, provider, str(payload["destination"]))
        if payload["kind"] == "destination.told":
            return methods.note_told(session, provider, str(payload["destination"]))
        refused = Refused(str(payload["code"]), str(payload["message"]))
        deposit = session.get(Deposit, parse("deposit", payload["deposit"]), with_for_update=True)
    except (DomainError, KeyError):
        return False
    if deposit is None or deposit.state != "pending":
        return False
    refuse(session, deposit, refused)
    return True


def _hold_accounts(session: Session, arrivals: Collection[Arrival]) -> None:
    # Several journals in one transaction: their accounts are locked together first, in order.
    ids = [arrival.deposit_id for arrival in arrivals]
    if ids:
        owners = session.execute(
            select(Deposit.organization_id, Deposit.currency).where(Deposit.id.in_(ids)).distinct()
        )
        hold(session, [client_deposits(owner, currency) for owner, currency in owners])
