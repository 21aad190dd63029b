"""Of what a remittance is: tax withheld from payouts, or the sales tax inside invoiced fees; of each thing once."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.invoicing.models import InvoicedMonth
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import tax_withheld
from marketplace.payouts.errors import REMITTANCE_SHORT
from marketplace.payouts.remittance_models import TaxRemittance, TaxRemittanceDocument, TaxRemittanceLine
from marketplace.payouts.states import PAID, REMITTED

WITHHELD: Final = "withheld"
SALES: Final = "sales"
TAXES: Final = (WITHHELD, SALES)

_STATEMENTS = load(__file__, "remitting.sql")


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """What of a remittance is of one payout or invoice (`noun`), in ledger units; below nothing lessens it."""

    noun: str
    subject_id: uuid.UUID
    amount: int


def to_remit(
    session: Session, tax: str, authority: str, currency: str, first_on: dt.date, last_on: dt.date
) -> list[RemittanceLine]:
    """What of the tax no live remittance has: of payouts that settled in the period, or of months that ended in it.

    What came back, and credit notes of earlier months, lessen it. Raises invalid while fees of the period are not
    invoiced yet.
    """
    values = {"authority": authority, "currency": currency, "live_states": list(REMITTED)}
    if tax == SALES:
        last_month = months_after((last_on + dt.timedelta(days=1)).replace(day=1), -1)
        _require_invoiced(session, last_month)
        months = {"first_on": first_on, "last_month": last_month}
        found = session.execute(_STATEMENTS.documents_to_remit, {**values, **months})
        return [RemittanceLine("invoice", row.invoice_id, int(row.amount)) for row in found]
    settled = {
        "begin": dt.datetime.combine(first_on, dt.time(), dt.UTC),
        "end": dt.datetime.combine(last_on + dt.timedelta(days=1), dt.time(), dt.UTC),
        "paid_states": list(PAID),
    }
    found = session.execute(_STATEMENTS.to_remit, {**values, **settled})
    return [RemittanceLine("payout", row.payout_id, int(row.amount)) for row in found]


def keep_lines(session: Session, row: TaxRemittance, lines: Sequence[RemittanceLine]) -> None:
    """Write down of what a new remittance is."""
    if row.tax == SALES:
        session.add_all(
            TaxRemittanceDocument(remittance_id=row.id, invoice_id=line.subject_id, amount=line.amount)
            for line in lines
        )
    else:
        session.add_all(
            TaxRemittanceLine(remittance_id=row.id, payout_id=line.subject_id, amount=line.amount) for line in lines
        )
    session.flush()


def lines_of(session: Session, row: TaxRemittance) -> list[RemittanceLine]:
    """Of what a remittance is, in the order of the payouts or documents."""
    if row.tax == SALES:
        of_documents = select(TaxRemittanceDocument.invoice_id, TaxRemittanceDocument.amount)
        of_documents = of_documents.where(TaxRemittanceDocument.remittance_id == row.id)
        found = session.execute(of_documents.order_by(TaxRemittanceDocument.invoice_id))
        return [RemittanceLine("invoice", invoice_id, amount) for invoice_id, amount in found]
    of_payouts = select(TaxRemittanceLine.payout_id, TaxRemittanceLine.amount)
    of_payouts = of_payouts.where(TaxRemittanceLine.remittance_id == row.id)
    found = session.execute(of_payouts.order_by(TaxRemittanceLine.payout_id))
    return [RemittanceLine("payout", payout_id, amount) for payout_id, amount in found]


def require_current(session: Session, row: TaxRemittance) -> None:
    """A payout in it may have come back since it was proposed, a document never changes. Raises state_conflict."""
    values = {"remittance_id": row.id, "paid_states": list(PAID)}
    came_back = session.execute(_STATEMENTS.came_back, values).scalars().all()
    if came_back:
        raise STATE_CONFLICT.error(
            f"{public('payout', came_back[0])} has come back since this was proposed: reject it and propose anew.",
            noun="tax_remittance",
        )


def require_there(session: Session, tax: str, authority: str, amount: Money) -> None:
    """What was withheld is on 2200 of the authority; else raises remittance_short. Sales tax is bounded by documents.

    2210 is one account for all authorities: what another owes us back would hide there what is owed to this one.
    """
    if tax == SALES:
        return
    there = balance(session, tax_withheld(authority, amount.currency))
    if there < amount:
        raise REMITTANCE_SHORT.error(f"2200 of {authority} holds {there}: less than {amount}.")


def _require_invoiced(session: Session, month: dt.date) -> None:
    newest = session.scalar(select(func.max(InvoicedMonth.month)))
    if newest is None or newest < month:
        message = f"The fees of {month:%Y-%m} are not invoiced yet."
        raise INVALID.error(message, errors=[FieldError("/last", "invalid", message)])
