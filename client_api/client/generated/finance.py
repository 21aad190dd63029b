"""What finance plans by: what will fall due, against the cash.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Finance(Resource):
    """What finance plans by: what will fall due, against the cash."""

    def read_cash_forecast(self, *, days: int | None = None) -> t.CashForecasts:
        """Read what will fall due on which day, workers before margins, and what is left of the cash
        after it.

        `GET /v1/finance/cash-forecast`; needs `ledger.read`.
        """
        return cast("t.CashForecasts", self._call("GET", "/v1/finance/cash-forecast", query={"days": days}))
