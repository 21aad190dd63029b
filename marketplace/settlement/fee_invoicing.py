"""Invoices of the platform's fees: once a month is over, one for each client and currency, by job.

The fee is inside the price that the client paid, and so is the sales tax on it: it changes no price. What of the fee is
tax is put aside for its authority (J23) in the transaction that gives the invoice its number.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.identity.models import Organization
from marketplace.invoicing.details import rates_on
from marketplace.invoicing.issuing import Draft, Line, Tax, issue
from marketplace.invoicing.models import Invoice, InvoicedMonth
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import PPM, Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.chart import Code
from marketplace.ledger.periods import GRACE
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j23_sales_tax
from marketplace.rails.port import Transactions

CODES: Final = {"fee": int(Code.PLATFORM_FEE), "reserve": int(Code.JOB_RESERVE)}
_ACTOR: Final = system_actor("invoice_fees")
_STATEMENTS = load(__file__, "fee_invoicing.sql")


def invoice_fees(transactions: Transactions) -> int:
    """Sweep: invoice the fees of every month that is over for a day; returns how many documents were issued.

    A client's invoice of a month is written in a transaction of its own; one that breaks leaves the month to be gone
    on with, and what was issued is not issued again.
    """
    issued = 0
    while True:
        with transactions() as session:
            month = _next_month(session)
            rows = [] if month is None else session.execute(_STATEMENTS.fees, {**CODES, **_bounds(month)}).all()
        if month is None:
            return issued
        for (organization_id, currency), of in groupby(rows, key=lambda row: (row.organization_id, row.currency)):
            with transactions() as session:
                issued += _invoice(session, organization_id, currency, month, list(of))
        with transactions() as session:
            session.execute(insert(InvoicedMonth).values(month=month).on_conflict_do_nothing())


def _next_month(session: Session) -> dt.date | None:
    """The first month that is over for a day and not invoiced."""
    last = session.scalar(select(func.max(InvoicedMonth.month)))
    # The first fee is looked for over all journals: only until a month is invoiced.
    month: dt.date | None = (
        session.execute(_STATEMENTS.first_month).scalar_one() if last is None else months_after(last, 1)
    )
    if month is None or market_now(session).date() < months_after(month, 1) + GRACE:
        return None
    return month


def _invoice(
    session: Session, organization_id: uuid.UUID, currency: str, month: dt.date, rows: Sequence[Row[Any]]
) -> int:
    # Another process may be at the same month: who waited here finds its document.
    advisory_xact_lock(session, "settlement.invoice_fees")
    wanted = select(Invoice.id).where(
        Invoice.organization_id == organization_id, Invoice.currency == currency, Invoice.month == month
    )
    if session.scalar(wanted) is not None:
        return 0
    total = Money(sum(int(row.amount) for row in rows), currency)
    if total.is_zero:
        return 0
    # More was taken back than earned in the month: what is owed goes the other way, and so does its tax.
    sign = 1 if total.amount > 0 else -1
    lines = [Line(f"Platform fee: {row.title}", Money(sign * int(row.amount), currency), row.job_id) for row in rows]
    country = session.get_one(Organization, organization_id).country
    taxes = taxes_in(total * sign, rates_on(session, country, months_after(month, 1) - dt.timedelta(days=1)))
    tax = sum((one.amount for one in taxes), Money.zero(currency))
    journal_id = None
    if not tax.is_zero:
        key = f"J23:{public('organization', organization_id)}:{currency}:{month:%Y-%m}"
        pairs = j23_sales_tax(tax, given_back=sign < 0)
        subject = ("organization", organization_id)
        journal_id = post(session, _ACTOR, kind="J23", key=key, pairs=pairs, subject=subject).journal_id
    kind = "invoice" if sign > 0 else "credit_note"
    subject = ("organization", organization_id)
    issue(session, _ACTOR, Draft(kind, organization_id, lines, subject, journal_id, taxes, month))
    return 1


def taxes_in(gross: Money, rates: dict[str, int]) -> list[Tax]:
    """What of an amount with tax is tax, by authority: each rounded down to minor units by itself, the rest is net."""
    whole = PPM + sum(rates.values())
    return [
        Tax(authority, ppm, Money(gross.amount * ppm // whole, gross.currency).floor_to_minor())
        for authority, ppm in rates.items()
    ]


def _bounds(month: dt.date) -> dict[str, dt.date]:
    return {"first": month, "beyond": months_after(month, 1)}
