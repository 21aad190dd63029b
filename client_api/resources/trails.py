"""Following money: a payout from its answers to the bank's line, and back from any id or reference."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.trails import (
    PayoutHistoryView,
    PlaceQuery,
    PlaceView,
    TrailEarningView,
    TrailInstallmentView,
    TrailView,
)
from marketplace.db.paging import Page
from marketplace.payouts import queries
from marketplace.reconciliation.trails import finding, lines
from marketplace.reconciliation.trails.adding_up import Trail, trail

trails = Theme(
    "trails", "A payout followed from answers to the bank's line: every sum, and every difference by its reason."
)


@trails.operation("GET", "/payouts/{payout_id}/history", permission="payout_run.read", returns=PayoutHistoryView)
def read_payout_history(payout_id: UUID) -> dict[str, Any]:
    """Read what happened to a payout, the oldest first."""
    return {"data": queries.history(session(), actor(), payout_id)}


@trails.operation("GET", "/payouts/{payout_id}/trail", permission="payout_run.read", returns=TrailView)
def read_payout_trail(payout_id: UUID) -> Trail:
    """Follow a payout: answers, earnings, installments, payout, transfer, lines; first what does not add up."""
    return trail(session(), actor(), payout_id)


@trails.operation(
    "GET",
    "/payouts/{payout_id}/trail/earnings",
    permission="payout_run.read",
    query=ListQuery,
    returns=TrailEarningView,
    page=True,
)
def list_payout_trail_earnings(query: dict[str, Any], payout_id: UUID) -> Page[lines.EarningLine]:
    """List the shares of earnings that the payout pays, with their answers and items."""
    return lines.earning_lines(session(), actor(), payout_id, **query)


@trails.operation(
    "GET",
    "/payouts/{payout_id}/trail/installments",
    permission="payout_run.read",
    query=ListQuery,
    returns=TrailInstallmentView,
    page=True,
)
def list_payout_trail_installments(query: dict[str, Any], payout_id: UUID) -> Page[lines.InstallmentLine]:
    """List the installments that the payout took."""
    return lines.installment_lines(session(), actor(), payout_id, **query)


@trails.operation(
    "GET", "/trails", permission="payout_run.read", query=PlaceQuery, returns=PlaceView, page=True, refusals=[404]
)
def find_trails(query: dict[str, Any]) -> Page[finding.Place]:
    """Find the payouts that money is in, from any id or reference of it: an item's as well as a bank line's."""
    return finding.find(session(), actor(), **query).places
