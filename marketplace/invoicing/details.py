"""What documents say of an organization, and which sales tax is in the platform's fee: data that people set."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity.values import read_country
from marketplace.invoicing.events import BILLING_DETAIL_SET, SALES_TAX_RATE_SET
from marketplace.invoicing.models import BillingDetail, SalesTaxRate
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, day
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import PPM

LENGTHS_MAX: Final = {"legal_name": 200, "address": 500, "tax_number": 60}
AUTHORITY: Final = re.compile(r"[A-Z]{2}-[A-Z0-9-]{1,30}")
"""A country and a short name."""


def set_billing_detail(
    session: Session, actor: Actor, *, legal_name: str, address: str, tax_number: str
) -> BillingDetail:
    """Say what documents issued from now on carry of one's own organization; those that exist stay as they are.

    The address may have several lines. Raises forbidden, invalid with every field error.
    """
    actor.require("billing.set")
    given = {"legal_name": legal_name.strip(), "address": address.strip(), "tax_number": tax_number.strip()}
    errors = [
        FieldError(f"/{name}", "length", f"At most {LENGTHS_MAX[name]} characters.")
        for name, value in given.items()
        if len(value) > LENGTHS_MAX[name]
    ]
    errors += [
        FieldError(f"/{name}", "required", "It cannot be left out.")
        for name in ("legal_name", "address")
        if not given[name]
    ]
    if errors:
        raise INVALID.error("Documents cannot carry this.", errors=errors)
    detail = BillingDetail(id=new_id(), organization_id=actor.organization, set_by=actor.person, **given)
    session.add(detail)
    session.flush()
    organization = detail.organization_id
    body = {"digest": hashlib.sha256(canonical_bytes(given)).hexdigest()}
    record(
        session,
        BILLING_DETAIL_SET,
        actor,
        subject=("organization", organization),
        organizations=[organization],
        body=body,
    )
    return detail


def own_detail(session: Session, actor: Actor) -> BillingDetail:
    """What documents carry of the actor's organization. Raises forbidden without invoice.read, not_found."""
    actor.require("invoice.read")
    detail = detail_of(session, actor.organization)
    if detail is None:
        raise NOT_FOUND.error("Nobody has said yet what documents carry.", noun="billing_detail")
    return detail


def detail_of(session: Session, organization_id: uuid.UUID) -> BillingDetail | None:
    """What counts for an organization now."""
    wanted = select(BillingDetail).where(BillingDetail.organization_id == organization_id)
    return session.scalars(wanted.order_by(BillingDetail.id.desc()).limit(1)).first()


def set_sales_tax_rate(
    session: Session, actor: Actor, *, country: str, authority: str, rate_ppm: int, valid_from: dt.date
) -> SalesTaxRate:
    """Say which sales tax is in fees of clients in a country, for one authority, from a day on; 0 ends it.

    Invoices that exist keep theirs. Raises forbidden, invalid with every field error.
    """
    actor.require("sales_tax.set")
    code = read_country(country)
    errors = []
    if not AUTHORITY.fullmatch(authority):
        errors.append(FieldError("/authority", "syntax", "A country and a name, such as DE-BZST."))
    if not 0 <= rate_ppm <= PPM:
        errors.append(FieldError("/rate_ppm", "range", "From 0 to 1000000 parts per million."))
    if errors:
        raise INVALID.error("There cannot be such a rate.", errors=errors)
    rate = SalesTaxRate(
        id=new_id(),
        country=code,
        authority=authority,
        rate_ppm=rate_ppm,
        valid_from=valid_from,
        set_by=actor.person,
    )
    session.add(rate)
    session.flush()
    body = {"country": code, "authority": authority, "rate_ppm": rate_ppm, "valid_from": day(valid_from)}
    record(
        session,
        SALES_TAX_RATE_SET,
        actor,
        subject=("organization", actor.organization),
        organizations=[actor.organization],
        body=body,
    )
    return rate


def sales_tax_rates(session: Session, actor: Actor) -> list[SalesTaxRate]:
    """Every rate that was ever set, by country and day. Raises forbidden without invoice.read."""
    actor.require("invoice.read")
    order = (SalesTaxRate.country, SalesTaxRate.authority, SalesTaxRate.valid_from, SalesTaxRate.id)
    return list(session.scalars(select(SalesTaxRate).order_by(*order)))


def rates_on(session: Session, country: str, on: dt.date) -> dict[str, int]:
    """The rates in force for clients in a country on a day: authority -> parts per million."""
    wanted = select(SalesTaxRate).where(SalesTaxRate.country == country, SalesTaxRate.valid_from <= on)
    rates: dict[str, int] = {}
    for rate in session.scalars(wanted.order_by(SalesTaxRate.valid_from, SalesTaxRate.id)):
        rates[rate.authority] = rate.rate_ppm
    return {authority: ppm for authority, ppm in sorted(rates.items()) if ppm}
