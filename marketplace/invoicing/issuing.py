"""Issuing a document: its number is taken in the transaction of what it documents, and it is never changed.

The number is the last that a transaction takes, after all its accounts: the row of the series is locked until the
commit, so that a number that is rolled back is the next one's, and no number is left out or given twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer, record
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.identity.queries import platform_organization
from marketplace.invoicing.details import detail_of
from marketplace.invoicing.events import INVOICE_ISSUED
from marketplace.invoicing.models import Invoice, InvoiceCounter, InvoiceLine, InvoiceTax
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, day
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money

SERIES: Final = {"receipt": "R", "invoice": "I", "credit_note": "C"}
"""The series of numbers of each kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is for, and how much, with tax."""

    text: str
    amount: Money
    job_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """What of the gross is tax of one authority."""

    authority: str
    rate_ppm: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Draft:
    """What a document is to say; `Invoice` tells what each part is."""

    kind: str
    organization_id: uuid.UUID
    lines: Sequence[Line]
    subject: tuple[str, uuid.UUID]
    journal_id: uuid.UUID | None = None
    taxes: Sequence[Tax] = ()
    month: dt.date | None = None
    credits_id: uuid.UUID | None = None


def issue(session: Session, actor: Actor, draft: Draft) -> Invoice:
    """Write the document under the next number of its series. The caller has posted its journal and locks no more."""
    currency = draft.lines[0].amount.currency
    gross = sum((line.amount for line in draft.lines), Money.zero(currency))
    tax = sum((one.amount for one in draft.taxes), Money.zero(currency))
    customer = session.get_one(Organization, draft.organization_id)
    today = market_now(session).date()
    invoice = Invoice(
        id=new_id(),
        kind=draft.kind,
        organization_id=customer.id,
        currency=currency,
        net=(gross - tax).amount,
        tax=tax.amount,
        gross=gross.amount,
        month=draft.month,
        journal_id=draft.journal_id,
        credits_id=draft.credits_id,
        subject_noun=draft.subject[0],
        subject_id=draft.subject[1],
        issuer=_side(session, platform_organization(session)),
        customer=_side(session, customer),
        issued_on=today,
        series=SERIES[draft.kind],
        year=today.year,
        number=_take_number(session, SERIES[draft.kind], today.year),
    )
    session.add(invoice)
    session.flush()
    session.add_all(
        InvoiceLine(
            invoice_id=invoice.id, position=position, text=line.text, amount=line.amount.amount, job_id=line.job_id
        )
        for position, line in enumerate(draft.lines, 1)
    )
    session.add_all(
        InvoiceTax(invoice_id=invoice.id, authority=one.authority, rate_ppm=one.rate_ppm, amount=one.amount.amount)
        for one in draft.taxes
    )
    session.flush()
    (body,) = _bodies(session, [invoice]).values()
    organizations = [invoice.organization_id]
    record(session, INVOICE_ISSUED, actor, subject=("invoice", invoice.id), organizations=organizations, body=body)
    return invoice


def issue_receipt(
    session: Session,
    actor: Actor,
    organization_id: uuid.UUID,
    amount: Money,
    journal_id: uuid.UUID,
    subject: tuple[str, uuid.UUID],
) -> Invoice:
    """A receipt of money that a client paid in."""
    line = Line(f"Deposit {public(*subject)}", amount)
    return issue(session, actor, Draft("receipt", organization_id, [line], subject, journal_id))


def issue_credit_note(
    session: Session,
    actor: Actor,
    organization_id: uuid.UUID,
    amount: Money,
    journal_id: uuid.UUID,
    subject: tuple[str, uuid.UUID],
    deposit_id: uuid.UUID,
) -> Invoice:
    """A credit note for money of a deposit that went back to its client; it names that deposit's receipt."""
    receipt = select(Invoice.id).where(Invoice.subject_id == deposit_id, Invoice.kind == "receipt").limit(1)
    line = Line(f"Refund {public(*subject)} of deposit {public('deposit', deposit_id)}", amount)
    return issue(
        session,
        actor,
        Draft(
            "credit_note",
            organization_id,
            [line],
            subject,
            journal_id,
            credits_id=session.execute(receipt).scalar_one_or_none(),
        ),
    )


def cancel_receipt(session: Session, actor: Actor, journal_id: uuid.UUID, reversed_by: uuid.UUID) -> Invoice | None:
    """A credit note for the receipt of a journal that its mirror `reversed_by` took back; None where there is none."""
    receipt = session.scalars(
        select(Invoice).where(Invoice.journal_id == journal_id, Invoice.kind == "receipt")
    ).one_or_none()
    if receipt is None:
        return None
    lines = [Line(f"Receipt {receipt.full_number} is cancelled", receipt.money)]
    subject = (receipt.subject_noun, receipt.subject_id)
    draft = Draft("credit_note", receipt.organization_id, lines, subject, reversed_by, credits_id=receipt.id)
    return issue(session, actor, draft)


def document(invoice: Invoice, lines: Iterable[InvoiceLine], taxes: Iterable[InvoiceTax]) -> dict[str, Any]:
    """The whole document as plain values; its digest is in the log."""
    return {
        "id": public("invoice", invoice.id),
        "kind": invoice.kind,
        "number": invoice.full_number,
        "issued_on": day(invoice.issued_on),
        "issuer": invoice.issuer,
        "customer": invoice.customer,
        "lines": [
            {
                "text": line.text,
                "amount": Money(line.amount, invoice.currency).to_wire(),
                "job": None if line.job_id is None else public("job", line.job_id),
            }
            for line in lines
        ],
        "taxes": [
            {
                "authority": one.authority,
                "rate_ppm": one.rate_ppm,
                "amount": Money(one.amount, invoice.currency).to_wire(),
            }
            for one in taxes
        ],
        "net": invoice.net_money.to_wire(),
        "tax": invoice.tax_money.to_wire(),
        "gross": invoice.money.to_wire(),
        "month": invoice.month_text,
        "journal": None if invoice.journal_id is None else public("journal", invoice.journal_id),
        "credits": None if invoice.credits_id is None else public("invoice", invoice.credits_id),
        "subject": public(invoice.subject_noun, invoice.subject_id),
    }


def _take_number(session: Session, series: str, year: int) -> int:
    """The next number. Whoever takes one of the same series waits for our commit, and has ours if we roll back."""
    taken = insert(InvoiceCounter).values(series=series, year=year, last=1)
    taken = taken.on_conflict_do_update(index_elements=["series", "year"], set_={"last": InvoiceCounter.last + 1})
    return session.execute(taken.returning(InvoiceCounter.last)).scalar_one()


def _side(session: Session, organization: Organization | None) -> dict[str, Any]:
    """One side as it is now; the platform may have no organization yet."""
    if organization is None:
        return {"organization": None, "name": "", "country": None, "legal_name": "", "address": "", "tax_number": ""}
    detail = detail_of(session, organization.id)
    return {
        "organization": public("organization", organization.id),
        "name": organization.name,
        "country": organization.country,
        "legal_name": "" if detail is None else detail.legal_name,
        "address": "" if detail is None else detail.address,
        "tax_number": "" if detail is None else detail.tax_number,
    }


def lines_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[InvoiceLine]]:
    """The lines of documents, in order."""
    found: dict[uuid.UUID, list[InvoiceLine]] = {id_: [] for id_ in ids}
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id.in_(ids))
    for line in session.scalars(wanted.order_by(InvoiceLine.invoice_id, InvoiceLine.position)):
        found[line.invoice_id].append(line)
    return found


def taxes_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[InvoiceTax]]:
    """The taxes of documents, by authority."""
    found: dict[uuid.UUID, list[InvoiceTax]] = {id_: [] for id_ in ids}
    wanted = select(InvoiceTax).where(InvoiceTax.invoice_id.in_(ids))
    for one in session.scalars(wanted.order_by(InvoiceTax.invoice_id, InvoiceTax.authority)):
        found[one.invoice_id].append(one)
    return found


def _bodies(session: Session, invoices: Sequence[Invoice]) -> dict[uuid.UUID, dict[str, Any]]:
    ids = [invoice.id for invoice in invoices]
    lines, taxes = lines_of(session, ids), taxes_of(session, ids)
    bodies = {}
    for invoice in invoices:
        whole = document(invoice, lines[invoice.id], taxes[invoice.id])
        told = {name: whole[name] for name in ("kind", "number", "net", "tax", "gross", "month", "journal")}
        bodies[invoice.id] = {**told, "digest": hashlib.sha256(canonical_bytes(whole)).hexdigest()}
    return bodies


@recomputer(INVOICE_ISSUED)
def _issued(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    fresh = {"populate_existing": True}
    found = session.scalars(select(Invoice).where(Invoice.id.in_(ids)).execution_options(**fresh)).all()
    return _bodies(session, found)
