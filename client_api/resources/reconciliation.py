"""Reconciliation: what lines without a reference were, said by people, and how much is explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.reconciliation import (
    DiscrepanciesView,
    LineMatchInput,
    LineMatchQuery,
    LineMatchView,
    OwnerInput,
    ReconciliationDaysQuery,
    ReconciliationDaysView,
    UndoInput,
)
from client_api.schemas.treasury import ExternalLineView
from client_api.views import With, with_each
from marketplace.db.paging import Page
from marketplace.reconciliation import by_hand, match_queries, measuring, queries
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import give_owner
from marketplace.web.context import get_context

reconciliation = Theme(
    "reconciliation", "What lines of rails and the bank without a reference were, and how much is explained."
)


@reconciliation.operation(
    "GET",
    "/reconciliation-days",
    permission="reconciliation.read",
    query=ReconciliationDaysQuery,
    returns=ReconciliationDaysView,
)
def list_reconciliation_days(query: dict[str, Any]) -> dict[str, Any]:
    """List clearing, timeliness and completeness, day by day and account by account, the newest first."""
    return {"data": measuring.reconciliation_days(session(), actor(), **query)}


@reconciliation.operation("GET", "/discrepancies", permission="reconciliation.read", returns=DiscrepanciesView)
def list_discrepancies() -> dict[str, Any]:
    """List the oldest of what does not match: lines that no journal says, journals that no line confirms.

    At most 200 of each. A few minutes old is usual, a day old is not.
    """
    return {"data": queries.discrepancies(session(), actor())}


@reconciliation.operation(
    "POST",
    "/external-lines/{external_line_id}/owner",
    permission="reconciliation.match",
    body=OwnerInput,
    returns=ExternalLineView,
    idempotent=True,
)
def set_line_owner(body: dict[str, Any], external_line_id: UUID) -> ExternalLine:
    """Say who of finance looks after a line that nothing explains."""
    return give_owner(session(), actor(), external_line_id, body["owner_id"])


@reconciliation.operation(
    "POST",
    "/external-lines/{external_line_id}/matches",
    permission="reconciliation.match",
    body=LineMatchInput,
    example={"kind": "fee", "reason": "The bank's fee of March."},
    returns=LineMatchView,
    status=201,
    idempotent=True,
    location="/line-matches/{id}",
)
def match_line(body: dict[str, Any], external_line_id: UUID) -> With:
    """Say what a line on 2900 was; above RECONCILIATION_ALONE_MAX it waits for another person."""
    return _view(by_hand.propose_match(session(), actor(), external_line_id, by_hand.Said(**body), _alone()))


@reconciliation.operation(
    "GET",
    "/line-matches",
    permission="reconciliation.read",
    query=LineMatchQuery,
    returns=LineMatchView,
    page=True,
)
def list_line_matches(query: dict[str, Any]) -> Page[With]:
    """List what lines without a reference were taken for, the newest first."""
    page = match_queries.line_matches(session(), actor(), **query)
    return with_each(page, "payout_ids", lambda ids: match_queries.payouts_of(session(), ids))


@reconciliation.operation(
    "GET", "/line-matches/{line_match_id}", permission="reconciliation.read", returns=LineMatchView
)
def read_line_match(line_match_id: UUID) -> With:
    """Read one."""
    return _view(match_queries.line_match(session(), actor(), line_match_id))


@reconciliation.operation(
    "POST",
    "/line-matches/{line_match_id}/approve",
    permission="reconciliation.match",
    returns=LineMatchView,
    idempotent=True,
)
def approve_line_match(line_match_id: UUID) -> With:
    """Agree to what somebody else said of a line, or to undoing a match: it is booked now."""
    return _view(by_hand.approve_match(session(), actor(), line_match_id))


@reconciliation.operation(
    "POST",
    "/line-matches/{line_match_id}/reject",
    permission="reconciliation.match",
    returns=LineMatchView,
    idempotent=True,
)
def reject_line_match(line_match_id: UUID) -> With:
    """Give up what was proposed, or the undoing of a match, also one's own."""
    return _view(by_hand.reject_match(session(), actor(), line_match_id))


@reconciliation.operation(
    "POST",
    "/line-matches/{line_match_id}/undo",
    permission="reconciliation.match",
    body=UndoInput,
    example={"reason": "It was the rent, not this payment."},
    returns=LineMatchView,
    idempotent=True,
)
def undo_line_match(body: dict[str, Any], line_match_id: UUID) -> With:
    """Say that a line was taken for the wrong thing; above RECONCILIATION_ALONE_MAX another person must agree.

    Its journals are reversed by their mirrors, and the line stands on 2900 again.
    """
    return _view(by_hand.undo_match(session(), actor(), line_match_id, body["reason"], _alone()))


def _alone() -> by_hand.Alone:
    return by_hand.Alone(get_context().settings.reconciliation_alone_max)


def _view(row: LineMatch) -> With:
    return With(row, payout_ids=match_queries.payouts_of(session(), [row.id])[row.id])
