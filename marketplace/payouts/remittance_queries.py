"""Reads: remittances of tax, of which payees or documents each is, what waits to be, and the list for the authority."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX, Page, paginate
from marketplace.identity.queries import organization_names, person_names
from marketplace.invoicing.models import Invoice, InvoiceTax
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.payouts.models import Payout
from marketplace.payouts.remittance_lines import SALES, WITHHELD
from marketplace.payouts.remittance_models import TaxRemittance, TaxRemittanceDocument, TaxRemittanceLine
from marketplace.payouts.states import PAID, REMITTED
from marketplace.payouts.tax_models import PayoutWithholding


@dataclass(frozen=True, slots=True)
class RemittedPayee:
    """A payee of a remittance: what their payouts in it paid before tax, and what of that was withheld."""

    payee_kind: str
    payee_id: uuid.UUID
    payouts: int
    gross: Money
    withheld: Money


@dataclass(frozen=True, slots=True)
class RemittedDocument:
    """An invoice or credit note of a remittance of sales tax; a credit note lessens it, and is below nothing."""

    invoice: Invoice
    rate_ppm: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tax of one authority and currency that no live remittance has: of payouts settled, or documents issued, since."""

    tax: str
    authority: str
    money: Money
    since: dt.datetime | None


def remittances(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[TaxRemittance]:
    """All remittances, the newest first. Needs withholding.read."""
    actor.require("withholding.read")
    wanted: Select[Any] = select(TaxRemittance)
    if state is not None:
        wanted = wanted.where(TaxRemittance.state == state)
    return paginate(session, wanted, keys=[TaxRemittance.id], cursor=cursor, limit=limit, descending=True)


def remittance(session: Session, actor: Actor, remittance_id: uuid.UUID) -> TaxRemittance:
    """One of them. Needs withholding.read; raises not_found."""
    actor.require("withholding.read")
    found = session.get(TaxRemittance, remittance_id)
    if found is None:
        raise NOT_FOUND.error("There is no remittance with this id.", noun="tax_remittance")
    return found


def remitted_payees(
    session: Session, actor: Actor, remittance_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[RemittedPayee]:
    """Whom a remittance is of, a record a payee; what came back after an earlier one is below nothing.

    Needs withholding.read; raises not_found.
    """
    row = remittance(session, actor, remittance_id)
    sign = func.sign(TaxRemittanceLine.amount)
    wanted = (
        select(
            Payout.payee_kind,
            Payout.payee_id,
            func.count().label("payouts"),
            func.sum(sign * Payout.amount).label("gross"),
            func.sum(TaxRemittanceLine.amount).label("withheld"),
        )
        .join(TaxRemittanceLine, TaxRemittanceLine.payout_id == Payout.id)
        .where(TaxRemittanceLine.remittance_id == row.id)
        .group_by(Payout.payee_kind, Payout.payee_id)
    )
    page = paginate(session, wanted, keys=[Payout.payee_kind, Payout.payee_id], cursor=cursor, limit=limit)
    return Page(
        [
            RemittedPayee(kind, payee_id, count, Money(int(gross), row.currency), Money(int(withheld), row.currency))
            for kind, payee_id, count, gross, withheld in page.data
        ],
        page.next_cursor,
    )


def remitted_documents(
    session: Session, actor: Actor, remittance_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[RemittedDocument]:
    """Of which documents for clients a remittance of sales tax is. Needs withholding.read; raises not_found."""
    row = remittance(session, actor, remittance_id)
    wanted = (
        select(Invoice.id, TaxRemittanceDocument.amount, InvoiceTax.rate_ppm)
        .join(TaxRemittanceDocument, TaxRemittanceDocument.invoice_id == Invoice.id)
        .join(InvoiceTax, InvoiceTax.invoice_id == Invoice.id)
        .where(TaxRemittanceDocument.remittance_id == row.id, InvoiceTax.authority == row.authority)
    )
    page = paginate(session, wanted, keys=[Invoice.id], cursor=cursor, limit=limit)
    ids = [invoice_id for invoice_id, _amount, _rate in page.data]
    invoices = {one.id: one for one in session.scalars(select(Invoice).where(Invoice.id.in_(ids)))}
    return Page(
        [
            RemittedDocument(
                invoices[invoice_id],
                rate_ppm,
                invoices[invoice_id].net_money * (1 if amount > 0 else -1),
                Money(amount, row.currency),
            )
            for invoice_id, amount, rate_ppm in page.data
        ],
        page.next_cursor,
    )


def remittance_csv(session: Session, actor: Actor, remittance_id: uuid.UUID) -> Iterator[str]:
    """The list for the authority as CSV, whose tax adds up to what is paid: a record a payee, or a document.

    Needs withholding.read; raises not_found.
    """
    row = remittance(session, actor, remittance_id)
    yield from _documents_csv(session, actor, row) if row.tax == SALES else _payees_csv(session, actor, row)


def _documents_csv(session: Session, actor: Actor, row: TaxRemittance) -> Iterator[str]:
    number, first, last = public("tax_remittance", row.id), day(row.first_on), day(row.last_on)
    columns = ("remittance", "authority", "first", "last", "document", "kind", "issued_on", "month", "client", "name")
    yield csv_line((*columns, "rate_ppm", "currency", "net", "tax"))
    cursor: str | None = None
    while True:
        page = remitted_documents(session, actor, row.id, cursor=cursor, limit=LIMIT_MAX)
        for one in page.data:
            invoice = one.invoice
            client = (public("organization", invoice.organization_id), invoice.customer["name"])
            what = (invoice.full_number, invoice.kind, day(invoice.issued_on), invoice.month_text or "", *client)
            sums = (one.rate_ppm, row.currency, one.net.text(), one.tax.text())
            yield csv_line((number, row.authority, first, last, *what, *sums))
        cursor = page.next_cursor
        if cursor is None:
            return


def _payees_csv(session: Session, actor: Actor, row: TaxRemittance) -> Iterator[str]:
    number, first, last = public("tax_remittance", row.id), day(row.first_on), day(row.last_on)
    columns = ("remittance", "authority", "first", "last", "payee_kind", "payee", "name", "payouts", "currency")
    yield csv_line((*columns, "gross", "withheld"))
    cursor: str | None = None
    while True:
        page = remitted_payees(session, actor, row.id, cursor=cursor, limit=LIMIT_MAX)
        ids = {kind: [one.payee_id for one in page.data if one.payee_kind == kind] for kind in ("worker", "layer")}
        names = person_names(session, ids["worker"]) | organization_names(session, ids["layer"])
        for one in page.data:
            payee = public("person" if one.payee_kind == "worker" else "organization", one.payee_id)
            who = (one.payee_kind, payee, names.get(one.payee_id, ""), one.payouts, row.currency)
            yield csv_line((number, row.authority, first, last, *who, one.gross.text(), one.withheld.text()))
        cursor = page.next_cursor
        if cursor is None:
            return


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What no live remittance has, of payouts that settled and of invoiced fees, by authority and currency.

    Needs withholding.read.
    """
    actor.require("withholding.read")
    return [*_withheld_waiting(session), *_sales_tax_waiting(session)]


def _withheld_waiting(session: Session) -> list[Waiting]:
    remitted = (
        select(TaxRemittanceLine.payout_id)
        .join(TaxRemittance, TaxRemittance.id == TaxRemittanceLine.remittance_id)
        .where(
            TaxRemittanceLine.payout_id == Payout.id,
            TaxRemittance.authority == PayoutWithholding.authority,
            TaxRemittance.state.in_(REMITTED),
        )
        .correlate(Payout, PayoutWithholding)
    )
    rows = session.execute(
        select(
            PayoutWithholding.authority,
            Payout.currency,
            func.sum(PayoutWithholding.amount),
            func.min(Payout.settled_at),
        )
        .join(Payout, Payout.id == PayoutWithholding.payout_id)
        .where(Payout.state.in_(PAID), PayoutWithholding.amount > 0, ~remitted.exists())
        .group_by(PayoutWithholding.authority, Payout.currency)
        .order_by(PayoutWithholding.authority, Payout.currency)
    )
    return [Waiting(WITHHELD, authority, Money(int(amount), of), since) for authority, of, amount, since in rows]


def _sales_tax_waiting(session: Session) -> list[Waiting]:
    remitted = (
        select(TaxRemittanceDocument.invoice_id)
        .join(TaxRemittance, TaxRemittance.id == TaxRemittanceDocument.remittance_id)
        .where(
            TaxRemittanceDocument.invoice_id == InvoiceTax.invoice_id,
            TaxRemittance.authority == InvoiceTax.authority,
            TaxRemittance.state.in_(REMITTED),
        )
        .correlate(InvoiceTax)
    )
    amount = func.sum(case((Invoice.kind == "credit_note", -InvoiceTax.amount), else_=InvoiceTax.amount))
    rows = session.execute(
        select(InvoiceTax.authority, Invoice.currency, amount, func.min(Invoice.issued_at))
        .join(Invoice, Invoice.id == InvoiceTax.invoice_id)
        .where(InvoiceTax.amount > 0, ~remitted.exists())
        .group_by(InvoiceTax.authority, Invoice.currency)
        .order_by(InvoiceTax.authority, Invoice.currency)
    )
    return [Waiting(SALES, authority, Money(int(amount), of), since) for authority, of, amount, since in rows]
