"""Disputes about rejections, what the rejecting side says to them, and the one appeal of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.disputes import (
    AppealDecisionInput,
    DisputeDecisionInput,
    DisputeQuery,
    DisputeView,
    ResponseInput,
)
from client_api.schemas.reviews import GroundsInput
from marketplace.db.paging import Page
from marketplace.settlement.appeals import decide_appeal, decide_dispute
from marketplace.work import appealing, disputing, review_queries
from marketplace.work.views import DisputeLine

disputes = Theme("disputes", "Rejections that workers contest, and the one appeal that each dispute may have.")


@disputes.operation("GET", "/disputes", permission="dispute.read", query=DisputeQuery, returns=DisputeView, page=True)
def list_disputes(query: dict[str, Any]) -> Page[DisputeLine]:
    """List disputes, the oldest first: those about your side's verdicts, or all as the platform's decider."""
    return review_queries.disputes(session(), actor(), **query)


@disputes.operation("GET", "/disputes/{dispute_id}", permission="dispute.read", returns=DisputeView)
def read_dispute(dispute_id: UUID) -> DisputeLine:
    """Read a dispute with its appeal."""
    return review_queries.get_dispute(session(), actor(), dispute_id)


@disputes.operation(
    "POST",
    "/disputes/{dispute_id}/respond",
    permission="review.decide",
    body=ResponseInput,
    returns=DisputeView,
    idempotent=True,
)
def respond_to_dispute(body: dict[str, Any], dispute_id: UUID) -> DisputeLine:
    """Say why your side stands by its verdict, before somebody else decides."""
    disputing.respond(session(), actor(), dispute_id, body["response"])
    return review_queries.get_dispute(session(), actor(), dispute_id)


@disputes.operation(
    "POST",
    "/disputes/{dispute_id}/decide",
    permission="dispute.decide",
    body=DisputeDecisionInput,
    returns=DisputeView,
    idempotent=True,
)
def decide_one_dispute(body: dict[str, Any], dispute_id: UUID) -> DisputeLine:
    """Decide a dispute; overturned, the worker and the whole chain are paid at once."""
    decide_dispute(session(), actor(), dispute_id, body["decision"], body["reason"])
    return review_queries.get_dispute(session(), actor(), dispute_id)


@disputes.operation(
    "POST",
    "/disputes/{dispute_id}/appeal",
    permission="review.decide",
    body=GroundsInput,
    returns=DisputeView,
    idempotent=True,
)
def appeal_against_decision(body: dict[str, Any], dispute_id: UUID) -> DisputeLine:
    """Appeal, as the side that rejected, against a rejection's being overturned.

    What was paid stays paid: it only says whether your verdict was right, which counts for your reviewers' statistics.
    Workers appeal in their own API.
    """
    appealing.open_appeal(session(), actor(), dispute_id, body["reason"])
    return review_queries.get_dispute(session(), actor(), dispute_id)


@disputes.operation(
    "POST",
    "/disputes/{dispute_id}/decide-appeal",
    permission="dispute.decide",
    body=AppealDecisionInput,
    returns=DisputeView,
    idempotent=True,
)
def decide_one_appeal(body: dict[str, Any], dispute_id: UUID) -> DisputeLine:
    """Decide the appeal of a dispute, as somebody who had no part in it; a worker's that is granted is paid at once."""
    decide_appeal(session(), actor(), dispute_id, body["decision"], body["reason"])
    return review_queries.get_dispute(session(), actor(), dispute_id)
