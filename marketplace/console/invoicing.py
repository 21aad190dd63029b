"""Receipts, invoices and credit notes: listed, read as they were issued, and printed; and what they carry."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of, invalid
from marketplace.identity.queries import organization_names
from marketplace.invoicing import details
from marketplace.invoicing.queries import get_invoice, list_invoices
from marketplace.kernel.ids import parse
from marketplace.kernel.money import PPM, Money
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/invoices")
@guarded("invoice.read")
def invoices() -> ResponseReturnValue:
    """The documents, newest first, and what the next ones carry."""
    return _page(Form())


@blueprint.get("/invoices/<invoice>")
@guarded("invoice.read")
def invoice(invoice: str) -> ResponseReturnValue:
    """One document, as it was issued; made to be printed."""
    whole = get_invoice(request_session(), current_actor(), parse("invoice", invoice))
    currency = whole.invoice.currency
    return render_template(
        "console/invoice.html",
        invoice=whole.invoice,
        credited=whole.credits,
        lines=[(line.text, Money(line.amount, currency)) for line in whole.lines],
        taxes=[(tax.authority, tax.rate_ppm, Money(tax.amount, currency)) for tax in whole.taxes],
    )


@blueprint.post("/invoices/details")
@guarded("billing.set")
def set_billing() -> ResponseReturnValue:
    """Say what documents carry of one's organization from now on."""
    form = Form(request.form.to_dict())
    with form.refusals():
        details.set_billing_detail(
            request_session(),
            current_actor(),
            legal_name=form.value("legal_name"),
            address=form.value("address"),
            tax_number=form.value("tax_number"),
        )
    return went_well(_("Kept. Documents from now on carry it."), "console.invoices") if form.valid else _page(form)


@blueprint.post("/invoices/tax")
@guarded("sales_tax.set")
def set_sales_tax() -> ResponseReturnValue:
    """Set which sales tax is in fees of clients in a country."""
    form = Form(request.form.to_dict())
    with form.refusals():
        details.set_sales_tax_rate(
            request_session(),
            current_actor(),
            country=form.value("country"),
            authority=form.value("authority").strip(),
            rate_ppm=_ppm(form),
            valid_from=day_of(form, "valid_from"),
        )
    return went_well(_("Kept. No price changes by it."), "console.invoices") if form.valid else _page(form)


def _ppm(form: Form) -> int:
    """A rate in per cent as parts per million; raises invalid at the field."""
    try:
        ppm = Decimal(form.value("rate").strip()) * (PPM // 100)
        if ppm == int(ppm):
            return int(ppm)
    except (InvalidOperation, OverflowError, ValueError):
        pass
    raise invalid("/rate", "syntax", _("A rate in per cent, with four decimals at most, such as 7.7."))


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = list_invoices(session, actor, kind=request.args.get("kind") or None, cursor=request.args.get("cursor"))
    html = render_template(
        "console/invoices.html",
        page=page,
        names=organization_names(session, {one.organization_id for one in page.data}),
        detail=details.detail_of(session, actor.organization),
        rates=details.sales_tax_rates(session, actor) if actor.may("sales_tax.set") else [],
        kind=request.args.get("kind", ""),
        form=form,
    )
    return html, 200 if form.valid else 422
