"""What the bank rail knows, in the words of the port: orders, and lines of statements."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.bank import details
from marketplace.gateways.bank.references import subject_of
from marketplace.gateways.bank_models import BankInstruction, BankLine
from marketplace.kernel.ids import parse
from marketplace.ledger.recipes.accounts import BANK
from marketplace.rails.models import DESTINATION, PayoutDestination
from marketplace.rails.port import Found, RailEvent, RailLine, Refused


def lines(
    session: Session, since: dt.datetime | None, *, after: int = 0, most: int | None = None
) -> Sequence[BankLine]:
    """The lines that were imported since then, oldest first; so many at the most of those after that number."""
    query = select(BankLine).where(BankLine.id > after).order_by(BankLine.id).limit(most)
    return session.scalars(query if since is None else query.where(BankLine.imported_at >= since)).all()


def rail_line(line: BankLine) -> RailLine:
    """A line as the port has it; it occurred on its day, and not after we read of it."""
    booked_at = dt.datetime.combine(line.booked_on, dt.time(), dt.UTC)
    of_payout = line.kind in {"transfer", "transfer_return"}
    return RailLine(
        external_id=f"bank_{line.id}",
        kind=line.kind,
        amount=line.money,
        occurred_at=min(booked_at, line.imported_at),
        reference=line.reference,
        transfer_group=subject_of(line.reference)[1] if of_payout else None,
    )


def arrival(line: BankLine) -> RailEvent:
    """What a line brought for a deposit."""
    payload = {
        "deposit": line.deposit,
        "amount": line.money.to_wire(),
        "reference": line.reference,
        "pushed": True,
    }
    return RailEvent(f"bank_{line.id}", "charge.available", payload)


def payer(session: Session, charge: str) -> str | None:
    """The account that a deposit came from; None where no statement names it as it can be paid to."""
    query = select(BankLine.other_id).where(BankLine.reference == charge, BankLine.kind == "charge")
    other_id = session.scalars(query.limit(1)).one_or_none()
    text = None if other_id is None else details.read(session, other_id)
    return None if text is None or details.understood(text) is None else text


def is_known(session: Session, reference: str) -> bool:
    """Whether there is an order under this end-to-end id, or a debit on a statement."""
    ordered = select(BankInstruction.id).where(BankInstruction.reference == reference)
    return session.scalars(ordered.limit(1)).first() is not None or is_shown(session, reference)


def is_shown(session: Session, reference: str) -> bool:
    """Whether a statement shows a debit under this end-to-end id."""
    shown = select(BankLine.id).where(BankLine.reference == reference, BankLine.minor_units < 0)
    return session.scalars(shown.limit(1)).first() is not None


def transfers(session: Session, transfer_group: str) -> list[Found]:
    """The orders of one payout, and debits that a statement shows and no order is known of: lost with a restore."""
    orders = session.scalars(
        select(BankInstruction).where(BankInstruction.transfer_group == transfer_group).order_by(BankInstruction.id)
    ).all()
    found = [
        Found(
            reference=row.reference or "",
            key=row.idempotency_key,
            amount=row.money,
            destination="" if row.destination_id is None else details.read(session, row.destination_id),
            refused=_refusal(session, row),
        )
        for row in orders
    ]
    known = {one.reference for one in found}
    body = transfer_group.rpartition("_")[2].upper()
    shown = select(BankLine).where(BankLine.kind == "transfer", BankLine.reference.startswith(f"PO-{body}-"))
    for line in session.scalars(shown.order_by(BankLine.id)):
        if line.reference not in known:
            noun, public_id, attempt = subject_of(line.reference)
            key = f"po_{parse(noun, public_id)}:{attempt}"
            found.append(Found(line.reference, key, -line.money, _destination(session, line.other_id)))
    return found


def _refusal(session: Session, row: BankInstruction) -> Refused | None:
    """Why an order is not paid: refused when it was given, or ended since without a statement that shows it."""
    if row.refusal_code is not None:
        return Refused(row.refusal_code, row.refusal_message or "")
    if row.ended_code is not None and not is_shown(session, row.reference or ""):
        return Refused(row.ended_code, "The bank did not execute it.")
    return None


def _destination(session: Session, other_id: uuid.UUID | None) -> str:
    """The payee's own words for the account that a statement names; empty where it is nobody's."""
    other = None if other_id is None else details.understood(details.read(session, other_id))
    if other is None:
        return ""
    # Rare: only for payments that a restored database has forgotten.
    for row in session.scalars(select(PayoutDestination).where(PayoutDestination.rail == BANK)):
        destination = DESTINATION.get(session, row)
        payee = details.understood(destination)
        if payee is not None and payee.account == other.account:
            return destination
    return ""
