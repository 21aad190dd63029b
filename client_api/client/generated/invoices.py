"""Receipts, invoices of fees and credit notes: numbered without a gap, never changed.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Invoices(Resource):
    """Receipts, invoices of fees and credit notes: numbered without a gap, never changed."""

    def read_billing_details(self) -> t.BillingDetail:
        """Read what documents carry of your organization.

        `GET /v1/billing-details`; needs `invoice.read`.
        """
        return cast("t.BillingDetail", self._call("GET", "/v1/billing-details"))

    def set_billing_details(self, body: t.BillingDetailInput, *, idempotency_key: str | None = None) -> t.BillingDetail:
        """Say what documents issued from now on carry of your organization; those that exist stay as
        they are.

        `POST /v1/billing-details`; needs `billing.set`.
        """
        return cast(
            "t.BillingDetail",
            self._call("POST", "/v1/billing-details", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def list_invoices(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        kind: Literal["credit_note", "invoice", "receipt"] | None = None,
        organization_id: str | None = None,
    ) -> t.InvoicePage:
        """List your organization's documents, for the platform's staff those of all clients, the
        newest first.

        `GET /v1/invoices`; needs `invoice.read`.
        """
        return cast(
            "t.InvoicePage",
            self._call(
                "GET",
                "/v1/invoices",
                query={"cursor": cursor, "limit": limit, "kind": kind, "organization_id": organization_id},
            ),
        )

    def iter_invoices(
        self,
        *,
        limit: int | None = None,
        kind: Literal["credit_note", "invoice", "receipt"] | None = None,
        organization_id: str | None = None,
    ) -> Iterator[t.Invoice]:
        """Walk the rows of all pages of `list_invoices`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(
            lambda cursor: self.list_invoices(limit=limit, kind=kind, organization_id=organization_id, cursor=cursor)
        )

    def read_invoice(self, invoice_id: str) -> t.InvoiceWhole:
        """Read a document as it was issued.

        `GET /v1/invoices/{invoice_id}`; needs `invoice.read`.
        """
        return cast(
            "t.InvoiceWhole", self._call("GET", self._path("/v1/invoices/{invoice_id}", {"invoice_id": invoice_id}))
        )

    def list_sales_tax_rates(self) -> t.SalesTaxRates:
        """List which sales tax is and was in the platform's fee, by the client's country.

        `GET /v1/sales-tax-rates`; needs `invoice.read`.
        """
        return cast("t.SalesTaxRates", self._call("GET", "/v1/sales-tax-rates"))

    def set_sales_tax_rate(self, body: t.SalesTaxRateInput, *, idempotency_key: str | None = None) -> t.SalesTaxRate:
        """Set which sales tax is in fees of clients in a country from a day on; no price changes by
        it.

        `POST /v1/sales-tax-rates`; needs `sales_tax.set`.
        """
        return cast(
            "t.SalesTaxRate",
            self._call("POST", "/v1/sales-tax-rates", body=body, idempotency_key=idempotency_key, keyed=True),
        )
