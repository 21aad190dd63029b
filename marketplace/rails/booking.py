"""How a deposit ends: in the books, or refused."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.invoicing.issuing import issue_receipt
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import BANK
from marketplace.ledger.recipes.funding import j1_funds_at_bank, j1_funds_available, j1_funds_received
from marketplace.rails.events import DEPOSIT_AVAILABLE, DEPOSIT_REFUSED
from marketplace.rails.models import Deposit
from marketplace.rails.port import Refused
from marketplace.rails.states import DEPOSIT

COLLECTOR = system_actor("collect_deposits")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deposit that the rail's balance shows: what came in, what of it the rail kept, the rail's reference.

    `pushed`: the payer sent it by themselves, so that any amount may come, and more than once.
    """

    deposit_id: uuid.UUID
    amount: Money
    fee: Money
    reference: str
    pushed: bool = False


def make_available(session: Session, arrival: Arrival) -> bool:
    """Book money that the rail's balance shows: J1; the deposit is available from now on, whole.

    The rail's fee is the platform's: it puts as much of its own money to the wages. Says whether it was booked: what
    the rail says otherwise than we asked is not, and stays an unmatched line of the rail's balance, a discrepancy with
    an owner. Of what the payer sent by themselves (`pushed`) that is booked which came, whatever was announced.
    """
    deposit = session.get(Deposit, arrival.deposit_id, with_for_update=True)
    if deposit is not None and arrival.pushed:
        deposit = _as_it_came(session, deposit, arrival)
    if deposit is None or deposit.state != "pending" or deposit.money != arrival.amount:
        return False
    DEPOSIT.check(deposit.state, "available")
    deposit.state = "available"
    deposit.reference = arrival.reference
    deposit.available_at = market_now(session)
    session.flush()
    subject = ("deposit", deposit.id)
    key = f"J1:{public(*subject)}"
    posted = post(session, COLLECTOR, kind="J1", key=key, pairs=_pairs(deposit, arrival), subject=subject)
    issue_receipt(session, COLLECTOR, deposit.organization_id, arrival.amount, posted.journal_id, subject)
    record(
        session,
        DEPOSIT_AVAILABLE,
        COLLECTOR,
        subject=subject,
        organizations=[deposit.organization_id],
        body={
            "rail": deposit.rail,
            "amount": arrival.amount.to_wire(),
            "announced": None if deposit.announced_money is None else deposit.announced_money.to_wire(),
            "reference": arrival.reference,
        },
    )
    return True


def _as_it_came(session: Session, deposit: Deposit, arrival: Arrival) -> Deposit | None:
    """The deposit in the amount that came; another one for money that came after it. None in another currency."""
    if deposit.currency != arrival.amount.currency:
        return None
    if deposit.state == "pending":
        if deposit.amount != arrival.amount.amount:
            deposit.announced, deposit.amount = deposit.amount, arrival.amount.amount
        return deposit
    # Under the first one's lock: whoever is told of the same money again finds the second.
    seen = select(Deposit.id).where(Deposit.rail == deposit.rail, Deposit.reference == arrival.reference)
    if session.scalars(seen).first() is not None:
        return None
    another = Deposit(
        id=new_id(),
        organization_id=deposit.organization_id,
        rail=deposit.rail,
        amount=arrival.amount.amount,
        currency=deposit.currency,
        state=DEPOSIT.initial,
        reference=arrival.reference,
    )
    session.add(another)
    session.flush()
    return another


def _pairs(deposit: Deposit, arrival: Arrival) -> list[Pair]:
    if deposit.rail == BANK:
        return j1_funds_at_bank(deposit.organization_id, arrival.amount)
    return [
        *j1_funds_received(deposit.organization_id, deposit.rail, arrival.amount, arrival.fee),
        *j1_funds_available(deposit.rail, arrival.amount - arrival.fee),
    ]


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
