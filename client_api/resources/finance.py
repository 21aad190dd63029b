"""What finance plans by: the cash forecast."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.forecast import CashForecastQuery, CashForecastsView
from marketplace.ledger import forecast

finance = Theme("finance", "What finance plans by: what will fall due, against the cash.")


@finance.operation(
    "GET",
    "/finance/cash-forecast",
    permission="ledger.read",
    query=CashForecastQuery,
    returns=CashForecastsView,
    refusals=[422],
)
def read_cash_forecast(query: dict[str, Any]) -> dict[str, Any]:
    """Read what will fall due on which day, workers before margins, and what is left of the cash after it."""
    return {"data": forecast.cash_forecast(session(), actor(), **query)}
