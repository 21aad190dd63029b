"""How reviewers decide."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.review_statistics import StatisticsQuery, StatisticsView
from marketplace.work import review_statistics

statistics = Theme("review_statistics", "How reviewers decide, how quickly, and what of it was overturned.")


@statistics.operation(
    "GET",
    "/review-statistics",
    permission="review_statistics.read",
    query=StatisticsQuery,
    returns=StatisticsView,
)
def read_review_statistics(query: dict[str, Any]) -> dict[str, Any]:
    """Read how each of your organization's reviewers decided, for its managers."""
    return {"data": review_statistics.of_organization(session(), actor(), **query)}


@statistics.operation(
    "GET", "/review-statistics/own", permission="review.decide", query=StatisticsQuery, returns=StatisticsView
)
def read_own_review_statistics(query: dict[str, Any]) -> dict[str, Any]:
    """Read how you decided yourself."""
    return {"data": review_statistics.own(session(), actor(), **query)}
