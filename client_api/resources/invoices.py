"""Receipts, invoices and credit notes, and what they carry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.invoices import (
    BillingDetailInput,
    BillingDetailView,
    InvoiceQuery,
    InvoiceView,
    InvoiceWholeView,
    SalesTaxRateInput,
    SalesTaxRatesView,
    SalesTaxRateView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.invoicing import details, queries
from marketplace.invoicing.models import BillingDetail, Invoice, SalesTaxRate
from marketplace.kernel.money import Money

invoices = Theme("invoices", "Receipts, invoices of fees and credit notes: numbered without a gap, never changed.")


@invoices.operation("GET", "/invoices", permission="invoice.read", query=InvoiceQuery, returns=InvoiceView, page=True)
def list_invoices(query: dict[str, Any]) -> Page[Invoice]:
    """List your organization's documents, for the platform's staff those of all clients, the newest first."""
    return queries.list_invoices(session(), actor(), **query)


@invoices.operation("GET", "/invoices/{invoice_id}", permission="invoice.read", returns=InvoiceWholeView)
def read_invoice(invoice_id: UUID) -> With:
    """Read a document as it was issued."""
    whole = queries.get_invoice(session(), actor(), invoice_id)
    currency = whole.invoice.currency
    return With(
        whole.invoice,
        lines=[With(line, amount=Money(line.amount, currency)) for line in whole.lines],
        taxes=[With(tax, amount=Money(tax.amount, currency)) for tax in whole.taxes],
    )


@invoices.operation("GET", "/billing-details", permission="invoice.read", returns=BillingDetailView)
def read_billing_details() -> BillingDetail:
    """Read what documents carry of your organization."""
    return details.own_detail(session(), actor())


@invoices.operation(
    "POST",
    "/billing-details",
    permission="billing.set",
    body=BillingDetailInput,
    example={"legal_name": "Example Ltd", "address": "1 High Street\nLondon", "tax_number": "GB 123 4567 89"},
    returns=BillingDetailView,
    status=201,
    idempotent=True,
)
def set_billing_details(body: dict[str, Any]) -> BillingDetail:
    """Say what documents issued from now on carry of your organization; those that exist stay as they are."""
    return details.set_billing_detail(session(), actor(), **body)


@invoices.operation("GET", "/sales-tax-rates", permission="invoice.read", returns=SalesTaxRatesView)
def list_sales_tax_rates() -> dict[str, Any]:
    """List which sales tax is and was in the platform's fee, by the client's country."""
    return {"data": details.sales_tax_rates(session(), actor())}


@invoices.operation(
    "POST",
    "/sales-tax-rates",
    permission="sales_tax.set",
    body=SalesTaxRateInput,
    example={"country": "DE", "authority": "DE-BZST", "rate_ppm": 190_000, "valid_from": "2027-01-01"},
    returns=SalesTaxRateView,
    status=201,
    idempotent=True,
)
def set_sales_tax_rate(body: dict[str, Any]) -> SalesTaxRate:
    """Set which sales tax is in fees of clients in a country from a day on; no price changes by it."""
    return details.set_sales_tax_rate(session(), actor(), **body)
