"""Payees who chose another currency than the one owed: rates, and the open position.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Currencies(Resource):
    """Payees who chose another currency than the one owed: rates, and the open position."""

    def list_exchange_rates(self, *, cursor: str | None = None, limit: int | None = None) -> t.ExchangeRatePage:
        """List the rates, those of finance and those of rails, the newest first.

        `GET /v1/exchange-rates`; needs `payout_run.read`.
        """
        return cast(
            "t.ExchangeRatePage", self._call("GET", "/v1/exchange-rates", query={"cursor": cursor, "limit": limit})
        )

    def iter_exchange_rates(self, *, limit: int | None = None) -> Iterator[t.ExchangeRate]:
        """Walk the rows of all pages of `list_exchange_rates`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_exchange_rates(limit=limit, cursor=cursor))

    def set_exchange_rate(self, body: t.ExchangeRateInput, *, idempotency_key: str | None = None) -> t.ExchangeRate:
        """Set a rate from now on; payouts are quoted at the newest valid one, where the rail itself
        gives none.

        `POST /v1/exchange-rates`; needs `rate.set`.
        """
        return cast(
            "t.ExchangeRate",
            self._call("POST", "/v1/exchange-rates", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_currency_positions(self) -> t.Positions:
        """Read what stands open in each currency, at the rates that were quoted.

        `GET /v1/ledger/currency-positions`; needs `ledger.read`.
        """
        return cast("t.Positions", self._call("GET", "/v1/ledger/currency-positions"))
