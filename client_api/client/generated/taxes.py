"""Tax that is withheld from payees: one person proposes what, another approves.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Taxes(Resource):
    """Tax that is withheld from payees: one person proposes what, another approves."""

    def list_tax_year(self, *, year: int, cursor: str | None = None, limit: int | None = None) -> t.TaxYearLinePage:
        """List by payee what was paid, withheld and received in payouts that settled in a calendar
        year.

        Your organization's, or as finance staff everybody's.

        `GET /v1/tax-years`; needs `installment.read`.
        """
        return cast(
            "t.TaxYearLinePage",
            self._call("GET", "/v1/tax-years", query={"cursor": cursor, "limit": limit, "year": year}),
        )

    def iter_tax_year(self, *, year: int, limit: int | None = None) -> Iterator[t.TaxYearLine]:
        """Walk the rows of all pages of `list_tax_year`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_tax_year(limit=limit, year=year, cursor=cursor))

    def list_withholdings(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["approved", "proposed", "rejected"] | None = None,
    ) -> t.WithholdingPage:
        """List what is and was withheld from whom, the newest first.

        `GET /v1/withholdings`; needs `withholding.read`.
        """
        return cast(
            "t.WithholdingPage",
            self._call("GET", "/v1/withholdings", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_withholdings(
        self, *, limit: int | None = None, state: Literal["approved", "proposed", "rejected"] | None = None
    ) -> Iterator[t.Withholding]:
        """Walk the rows of all pages of `list_withholdings`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_withholdings(limit=limit, state=state, cursor=cursor))

    def propose(self, body: t.WithholdingInput, *, idempotency_key: str | None = None) -> t.Withholding:
        """Propose what is withheld from a payee from a day on, today at the earliest; another person
        approves it.

        `POST /v1/withholdings`; needs `withholding.set`.
        """
        return cast(
            "t.Withholding",
            self._call("POST", "/v1/withholdings", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_withholding(self, withholding_id: str) -> t.Withholding:
        """Read one.

        `GET /v1/withholdings/{withholding_id}`; needs `withholding.read`.
        """
        return cast(
            "t.Withholding",
            self._call("GET", self._path("/v1/withholdings/{withholding_id}", {"withholding_id": withholding_id})),
        )

    def approve_withholding(self, withholding_id: str, *, idempotency_key: str | None = None) -> t.Withholding:
        """Approve what somebody else proposed and what does not concern you; payouts prepared before
        stay as they are.

        `POST /v1/withholdings/{withholding_id}/approve`; needs `withholding.set`.
        """
        return cast(
            "t.Withholding",
            self._call(
                "POST",
                self._path("/v1/withholdings/{withholding_id}/approve", {"withholding_id": withholding_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def reject_withholding(self, withholding_id: str, *, idempotency_key: str | None = None) -> t.Withholding:
        """Reject a proposal, also one of your own.

        `POST /v1/withholdings/{withholding_id}/reject`; needs `withholding.set`.
        """
        return cast(
            "t.Withholding",
            self._call(
                "POST",
                self._path("/v1/withholdings/{withholding_id}/reject", {"withholding_id": withholding_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
