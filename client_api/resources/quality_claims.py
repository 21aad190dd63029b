"""Claims about the quality of accepted answers, against the layer that vouched for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.quality_claims import (
    QualityClaimDecision,
    QualityClaimInput,
    QualityClaimQuery,
    QualityClaimResponse,
    QualityClaimView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.settlement import quality_claiming, quality_deciding, quality_queries
from marketplace.settlement.quality_models import QualityClaim

quality_claims = Theme(
    "quality_claims", "Accepted answers that are not good: margin back from the layer that vouched for them."
)


@quality_claims.operation(
    "POST",
    "/quality-claims",
    permission="quality_claim.open",
    body=QualityClaimInput,
    returns=QualityClaimView,
    status=201,
    idempotent=True,
    refusals=[404, 409],
    location="/quality-claims/{id}",
)
def open_quality_claim(body: dict[str, Any]) -> With:
    """Claim the quality of accepted answers while they can be inspected, as the client or a layer above.

    It is against the layer whose reviewer accepted them, else the one that opened the task. Nothing of it touches what
    the worker earned, and the answers stay yours.
    """
    answer_ids, amount = body.pop("answer_ids"), body.pop("amount")
    return _view(quality_claiming.open_claim(session(), actor(), answer_ids, asked=amount, **body))


@quality_claims.operation(
    "GET",
    "/quality-claims",
    permission="quality_claim.read",
    query=QualityClaimQuery,
    returns=QualityClaimView,
    page=True,
)
def list_quality_claims(query: dict[str, Any]) -> Page[With]:
    """List quality claims that your organization makes or is asked to answer, the newest first; as staff all."""
    page = quality_queries.quality_claims(session(), actor(), **query)
    return Page(_views(page.data), page.next_cursor)


@quality_claims.operation(
    "GET", "/quality-claims/{quality_claim_id}", permission="quality_claim.read", returns=QualityClaimView
)
def read_quality_claim(quality_claim_id: UUID) -> With:
    """Read a quality claim."""
    return _view(quality_queries.get_quality_claim(session(), actor(), quality_claim_id))


@quality_claims.operation(
    "POST",
    "/quality-claims/{quality_claim_id}/withdraw",
    permission="quality_claim.open",
    returns=QualityClaimView,
    idempotent=True,
    refusals=[409],
)
def withdraw_quality_claim(quality_claim_id: UUID) -> With:
    """Withdraw a claim of yours that is not decided yet."""
    return _view(quality_claiming.withdraw_claim(session(), actor(), quality_claim_id))


@quality_claims.operation(
    "POST",
    "/quality-claims/{quality_claim_id}/agree",
    permission="quality_claim.answer",
    returns=QualityClaimView,
    idempotent=True,
    refusals=[409],
)
def agree_to_quality_claim(quality_claim_id: UUID) -> With:
    """Agree to a claim against your organization: what is asked goes back to the job's reserve."""
    return _view(quality_deciding.agree(session(), actor(), quality_claim_id))


@quality_claims.operation(
    "POST",
    "/quality-claims/{quality_claim_id}/contest",
    permission="quality_claim.answer",
    body=QualityClaimResponse,
    returns=QualityClaimView,
    idempotent=True,
    refusals=[409],
)
def contest_quality_claim(body: dict[str, Any], quality_claim_id: UUID) -> With:
    """Contest a claim against your organization, and say why; the platform's operations decide."""
    return _view(quality_deciding.contest(session(), actor(), quality_claim_id, body["response"]))


@quality_claims.operation(
    "POST",
    "/quality-claims/{quality_claim_id}/decide",
    permission="quality_claim.decide",
    body=QualityClaimDecision,
    returns=QualityClaimView,
    idempotent=True,
    refusals=[409],
)
def decide_quality_claim(body: dict[str, Any], quality_claim_id: UUID) -> With:
    """Decide a contested claim, as somebody who belongs to no side of the work."""
    return _view(quality_deciding.decide(session(), actor(), quality_claim_id, body["decision"], body["reason"]))


def _view(claim: QualityClaim) -> With:
    return _views([claim])[0]


def _views(claims: list[QualityClaim]) -> list[With]:
    answers = quality_queries.answers_of(session(), [claim.id for claim in claims])
    sides = quality_queries.sides_of(session(), actor(), claims)
    return [With(claim, answer_ids=answers[claim.id], **asdict(sides[claim.id])) for claim in claims]
