"""Disputes at the sandbox rail, on order: a payer takes a payment back, and the bank decides for one side."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.models import SandboxBalanceLine, SandboxDispute
from marketplace.kernel.money import Money
from marketplace.rails.port import RailEvent

Outcome = Literal["won", "lost"]


def reference_of(dispute: SandboxDispute) -> str:
    """The sandbox's name for it, in its lines and events."""
    return f"dp_{dispute.id}"


class Shown(TypedDict, total=False):
    """What a dispute adds to its line."""

    charge: str
    fee: Money


def shown_of(row: SandboxBalanceLine, dispute: SandboxDispute | None) -> Shown:
    """The payment that a dispute's line is about, and the fee where it took one; nothing for any other line."""
    if dispute is None:
        return {}
    if row.minor_units > 0:
        return {"charge": dispute.charge}
    return {"charge": dispute.charge, "fee": Money.from_minor_units(dispute.fee_minor_units, dispute.currency)}


def open_dispute(session: Session, charge: str, amount: Money, fee: Money) -> SandboxDispute:
    """Keep a dispute of a charge."""
    made = SandboxDispute(
        charge=charge,
        minor_units=amount.minor_units(),
        fee_minor_units=fee.minor_units(),
        currency=amount.currency,
    )
    session.add(made)
    session.flush()
    return made


def end_dispute(session: Session, reference: str, outcome: Outcome) -> SandboxDispute:
    """Decide an open dispute for us (won) or for the payer (lost). Raises ValueError when it is decided already."""
    found = session.get_one(SandboxDispute, int(reference.removeprefix("dp_")), with_for_update=True)
    if found.outcome is not None:
        raise ValueError(f"{reference} was {found.outcome}")
    found.outcome, found.ended_at = outcome, market_now(session)
    session.flush()
    return found


def named(session: Session, references: Iterable[str]) -> dict[str, SandboxDispute]:
    """The disputes of these references."""
    numbers = [int(reference.removeprefix("dp_")) for reference in references if reference.startswith("dp_")]
    found = session.scalars(select(SandboxDispute).where(SandboxDispute.id.in_(numbers)))
    return {reference_of(dispute): dispute for dispute in found}


def lost(session: Session, since: dt.datetime | None) -> list[RailEvent]:
    """A `dispute.lost` for each that was decided for the payer."""
    query = select(SandboxDispute).where(SandboxDispute.outcome == "lost")
    if since is not None:
        query = query.where(SandboxDispute.ended_at >= since)
    return [
        RailEvent(f"evt_lost_{dispute.id}", "dispute.lost", {"dispute": reference_of(dispute)})
        for dispute in session.scalars(query.order_by(SandboxDispute.id))
    ]
