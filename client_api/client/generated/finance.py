"""What finance plans by: what will fall due, against the cash, and how old it is what is owed.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Finance(Resource):
    """What finance plans by: what will fall due, against the cash, and how old it is what is owed."""

    def read_ageing(self, *, as_of: str | None = None, known_at: str | None = None) -> t.Ageing:
        """Read what was owed to payees at the end of a market day, as it was known at a moment, by
        time past due.

        `GET /v1/finance/ageing`; needs `ledger.read`.
        """
        return cast("t.Ageing", self._call("GET", "/v1/finance/ageing", query={"as_of": as_of, "known_at": known_at}))

    def list_ageing_lines(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        as_of: str | None = None,
        known_at: str | None = None,
        payee_kind: Literal["worker", "layer"] | None = None,
        currency: str | None = None,
        bucket: Literal[
            "not_due", "days_0_30", "days_31_60", "days_61_90", "days_over_90", "held", "failed", "in_flight"
        ]
        | None = None,
    ) -> t.AgeLinePage:
        """List what the sums of an ageing are made of, the longest due first.

        Take `as_of` and `known_at` from the sums: without them each page is of the newest figures.

        `GET /v1/finance/ageing-lines`; needs `ledger.read`.
        """
        return cast(
            "t.AgeLinePage",
            self._call(
                "GET",
                "/v1/finance/ageing-lines",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "as_of": as_of,
                    "known_at": known_at,
                    "payee_kind": payee_kind,
                    "currency": currency,
                    "bucket": bucket,
                },
            ),
        )

    def iter_ageing_lines(
        self,
        *,
        limit: int | None = None,
        as_of: str | None = None,
        known_at: str | None = None,
        payee_kind: Literal["worker", "layer"] | None = None,
        currency: str | None = None,
        bucket: Literal[
            "not_due", "days_0_30", "days_31_60", "days_61_90", "days_over_90", "held", "failed", "in_flight"
        ]
        | None = None,
    ) -> Iterator[t.AgeLine]:
        """Walk the rows of all pages of `list_ageing_lines`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_ageing_lines(
                limit=limit,
                as_of=as_of,
                known_at=known_at,
                payee_kind=payee_kind,
                currency=currency,
                bucket=bucket,
                cursor=cursor,
            )
        )

    def read_cash_forecast(self, *, days: int | None = None) -> t.CashForecasts:
        """Read what will fall due on which day, workers before margins, and what is left of the cash
        after it.

        `GET /v1/finance/cash-forecast`; needs `ledger.read`.
        """
        return cast("t.CashForecasts", self._call("GET", "/v1/finance/cash-forecast", query={"days": days}))
