"""Rates between currencies, and what stands open in each."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.currencies import ExchangeRateInput, ExchangeRateView, PositionsView
from marketplace.db.paging import Page
from marketplace.kernel.rates import Rate
from marketplace.ledger.balances import open_positions, realized_results
from marketplace.payouts.converting import pair_positions
from marketplace.quotes import queries
from marketplace.quotes.models import ExchangeRate
from marketplace.quotes.setting import set_rate

currencies = Theme("currencies", "Payees who chose another currency than the one owed: rates, and the open position.")


@currencies.operation(
    "GET", "/exchange-rates", permission="payout_run.read", query=ListQuery, returns=ExchangeRateView, page=True
)
def list_exchange_rates(query: dict[str, Any]) -> Page[ExchangeRate]:
    """List the rates, those of finance and those of rails, the newest first."""
    return queries.rates(session(), actor(), **query)


@currencies.operation(
    "POST",
    "/exchange-rates",
    permission="rate.set",
    body=ExchangeRateInput,
    example={"sold": "USD", "bought": "KES", "rate": "129.4502", "valid_hours": 24},
    returns=ExchangeRateView,
    status=201,
    idempotent=True,
)
def set_exchange_rate(body: dict[str, Any]) -> ExchangeRate:
    """Set a rate from now on; payouts are quoted at the newest valid one, where the rail itself gives none."""
    rate = Rate.parse(body["rate"], body["sold"], body["bought"])
    return set_rate(session(), actor(), rate, body["valid_hours"])


@currencies.operation("GET", "/ledger/currency-positions", permission="ledger.read", returns=PositionsView)
def read_currency_positions() -> dict[str, Any]:
    """Read what stands open in each currency, at the rates that were quoted."""
    return {
        "data": open_positions(session(), actor()),
        "pairs": pair_positions(session()),
        "results": realized_results(session(), actor()),
    }
