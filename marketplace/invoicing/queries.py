"""Reads of documents."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.invoicing.issuing import lines_of, taxes_of
from marketplace.invoicing.models import Invoice, InvoiceLine, InvoiceTax
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND


@dataclass(frozen=True, slots=True)
class Whole:
    """A document with its lines and taxes, and the one that it credits."""

    invoice: Invoice
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]
    credits: Invoice | None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of documents: a client's are its own; the platform's staff with invoice.read see all."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("invoice.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true()
    return Invoice.organization_id == actor.organization_id


def list_invoices(
    session: Session,
    actor: Actor,
    *,
    kind: str | None = None,
    organization_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Invoice]:
    """Visible documents, the newest first."""
    wanted = select(Invoice).where(visible_to(actor))
    if kind is not None:
        wanted = wanted.where(Invoice.kind == kind)
    if organization_id is not None:
        wanted = wanted.where(Invoice.organization_id == organization_id)
    return paginate(session, wanted, keys=[Invoice.id], cursor=cursor, limit=limit, descending=True)


def get_invoice(session: Session, actor: Actor, invoice_id: uuid.UUID) -> Whole:
    """One document; raises not_found also for one the actor may not see."""
    invoice = session.scalars(select(Invoice).where(Invoice.id == invoice_id, visible_to(actor))).one_or_none()
    if invoice is None:
        raise NOT_FOUND.error("There is no document with this id.", noun="invoice")
    credited = None if invoice.credits_id is None else session.get_one(Invoice, invoice.credits_id)
    return Whole(
        invoice, lines_of(session, [invoice_id])[invoice_id], taxes_of(session, [invoice_id])[invoice_id], credited
    )
