"""Numbered documents on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, View
from marketplace.invoicing.details import AUTHORITY, LENGTHS_MAX
from marketplace.invoicing.issuing import SERIES
from marketplace.kernel.ids import public
from marketplace.kernel.money import PPM

KIND = validate.OneOf(sorted(SERIES))


class InvoiceQuery(ListQuery):
    """Filters of the list of documents."""

    kind = fields.String(validate=KIND)
    organization_id = PublicId("organization")


class Subject(fields.String):
    """The public id of what a document is about."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        """By its noun."""
        del attr, accessor, default
        return public(obj.subject_noun, obj.subject_id)


class InvoiceView(View):
    """A document: a receipt of a deposit, an invoice of a month's fees, or a credit note. Never changed."""

    id = PublicId("invoice")
    number = fields.String(attribute="full_number", metadata={"example": "R-2027-000042"})
    kind = fields.String(validate=KIND)
    organization_id = PublicId("organization")
    issued_on = Day()
    month = fields.String(
        attribute="month_text",
        allow_none=True,
        metadata={"example": "2027-01", "description": "Of fees, the month in which they were earned."},
    )
    net = MoneyField(attribute="net_money")
    tax = MoneyField(attribute="tax_money")
    gross = MoneyField(attribute="money")
    journal_id = PublicId(
        "journal",
        allow_none=True,
        metadata={"description": "What it documents: deposit, refund, or the tax of fees, which is null without tax."},
    )
    credits_id = PublicId("invoice", allow_none=True, metadata={"description": "The receipt that it credits."})
    subject = Subject(metadata={"description": "The public id of what it is about."})


class InvoiceSideView(View):
    """One side of a document, as it was when that was issued; an empty text where nothing had been said."""

    organization = fields.String(allow_none=True)
    name = fields.String()
    country = fields.String(allow_none=True)
    legal_name = fields.String()
    address = fields.String()
    tax_number = fields.String()


class InvoiceLineView(View):
    """One line, with tax."""

    text = fields.String()
    amount = MoneyField()
    job_id = PublicId("job", allow_none=True)


class InvoiceTaxView(View):
    """What of the gross is tax of one authority."""

    authority = fields.String()
    rate_ppm = fields.Integer(metadata={"description": "Parts per million of the net."})
    amount = MoneyField()


class InvoiceWholeView(InvoiceView):
    """It with both sides, its lines, which sum to the gross, and its taxes."""

    issuer = fields.Nested(InvoiceSideView)
    customer = fields.Nested(InvoiceSideView)
    lines = fields.List(fields.Nested(InvoiceLineView))
    taxes = fields.List(fields.Nested(InvoiceTaxView))


class BillingDetailInput(Input):
    """What documents carry of one's organization from now on."""

    legal_name = fields.String(required=True, validate=validate.Length(1, LENGTHS_MAX["legal_name"]))
    address = fields.String(
        required=True,
        validate=validate.Length(1, LENGTHS_MAX["address"]),
        metadata={"description": "May have several lines."},
    )
    tax_number = fields.String(load_default="", validate=validate.Length(max=LENGTHS_MAX["tax_number"]))


class BillingDetailView(View):
    """What documents carry of an organization since then."""

    organization_id = PublicId("organization")
    legal_name = fields.String()
    address = fields.String()
    tax_number = fields.String()
    set_at = Instant()


class SalesTaxRateInput(Input):
    """A rate of one authority on fees of clients in a country, from a day on."""

    country = fields.String(required=True, validate=validate.Regexp("^[A-Z]{2}$"), metadata={"example": "DE"})
    authority = fields.String(
        required=True,
        validate=validate.Regexp(f"^{AUTHORITY.pattern}$", error="A country and a name, such as DE-BZST."),
        metadata={"example": "DE-BZST"},
    )
    rate_ppm = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, PPM),
        metadata={"description": "Parts per million of the net; 0 ends it.", "example": 190_000},
    )
    valid_from = Day(required=True)


class SalesTaxRateView(View):
    """A rate that was set; for a day the newest counts."""

    country = fields.String()
    authority = fields.String()
    rate_ppm = fields.Integer()
    valid_from = Day()
    set_at = Instant()


class SalesTaxRatesView(View):
    """Every rate that was ever set."""

    data = fields.List(fields.Nested(SalesTaxRateView))
