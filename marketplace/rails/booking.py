"""How a deposit ends: in the books, or refused."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j1_funds_available, j1_funds_received
from marketplace.rails.events import DEPOSIT_AVAILABLE, DEPOSIT_REFUSED
from marketplace.rails.models import Deposit
from marketplace.rails.port import Refused
from marketplace.rails.states import DEPOSIT

COLLECTOR = system_actor("collect_deposits")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deposit that the rail's balance shows: what came in, what of it the rail kept, the rail's reference."""

    deposit_id: uuid.UUID
    amount: Money
    fee: Money
    reference: str


def make_available(session: Session, arrival: Arrival) -> bool:
    """Book money that the rail's balance shows: J1; the deposit is available from now on, whole.

    The rail's fee is the platform's: it puts as much of its own money to the wages. Says whether it was booked: what
    the rail says otherwise than we asked is not, and stays an unmatched line of the rail's balance, a discrepancy with
    an owner.
    """
    deposit = session.get(Deposit, arrival.deposit_id, with_for_update=True)
    if deposit is None or deposit.state != "pending" or deposit.money != arrival.amount:
        return False
    DEPOSIT.check(deposit.state, "available")
    deposit.state = "available"
    deposit.reference = arrival.reference
    deposit.available_at = market_now(session)
    session.flush()
    post(
        session,
        COLLECTOR,
        kind="J1",
        key=f"J1:{public('deposit', deposit.id)}",
        pairs=[
            *j1_funds_received(deposit.organization_id, deposit.rail, arrival.amount, arrival.fee),
            *j1_funds_available(deposit.rail, arrival.amount - arrival.fee),
        ],
        subject=("deposit", deposit.id),
    )
    record(
        session,
        DEPOSIT_AVAILABLE,
        COLLECTOR,
        subject=("deposit", deposit.id),
        organizations=[deposit.organization_id],
        body={"rail": deposit.rail, "amount": arrival.amount.to_wire(), "reference": arrival.reference},
    )
    return True


def refuse(session: Session, deposit: Deposit, outcome: Refused) -> None:
    """Note that the rail will certainly not collect this; the caller holds the row's lock."""
    DEPOSIT.check(deposit.state, "refused")
    deposit.state = "refused"
    deposit.reason = f"{outcome.code}: {outcome.message}"
    session.flush()
    record(
        session,
        DEPOSIT_REFUSED,
        COLLECTOR,
        subject=("deposit", deposit.id),
        organizations=[deposit.organization_id],
        body={"rail": deposit.rail, "amount": deposit.money.to_wire(), "reason": deposit.reason},
    )
