"""What finance plans by: the cash forecast, and how old it is what is owed."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.ageing import AgeingLinesQuery, AgeingQuery, AgeingView, AgeLineView
from client_api.schemas.forecast import CashForecastQuery, CashForecastsView
from marketplace.db.paging import Page
from marketplace.ledger import forecast
from marketplace.payouts import ageing

finance = Theme(
    "finance", "What finance plans by: what will fall due, against the cash, and how old it is what is owed."
)


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


@finance.operation(
    "GET", "/finance/ageing", permission="ledger.read", query=AgeingQuery, returns=AgeingView, refusals=[422]
)
def read_ageing(query: dict[str, Any]) -> dict[str, Any]:
    """Read what was owed to payees at the end of a market day, as it was known at a moment, by time past due."""
    when = ageing.moment(session(), actor(), **query)
    return {
        "as_of": when.as_of,
        "known_at": when.known_at,
        "tree_size": None if when.head is None else when.head.tree_size,
        "data": ageing.sums(session(), actor(), when),
    }


@finance.operation(
    "GET",
    "/finance/ageing-lines",
    permission="ledger.read",
    query=AgeingLinesQuery,
    returns=AgeLineView,
    page=True,
    refusals=[422],
)
def list_ageing_lines(query: dict[str, Any]) -> Page[ageing.AgeLine]:
    """List what the sums of an ageing are made of, the longest due first.

    Take `as_of` and `known_at` from the sums: without them each page is of the newest figures.
    """
    chosen = ageing.Chosen(*(query.pop(name, None) for name in ("payee_kind", "currency", "bucket")))
    when = ageing.moment(session(), actor(), query.pop("as_of", None), query.pop("known_at", None))
    return ageing.lines(session(), actor(), when, chosen, **query)
