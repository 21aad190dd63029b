"""Finding, claiming, saving, submitting, giving back, contesting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from marketplace.db.clock import market_now
from marketplace.kernel.ids import public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.work import claiming, holding, queries, submitting
from marketplace.work.pay_figures import expected_pay
from workers_portal.api import body, wire
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.values import ListQuery, Page
from workers_portal.api.schemas.work import (
    ClaimInput,
    ClaimLineWire,
    ClaimsQuery,
    ClaimWire,
    DraftInput,
    NewClaimWire,
    OpenBatchWire,
    SubmissionInput,
    SubmittedWire,
    WholeClaimWire,
)
from workers_portal.api.themes import claims, tasks


@tasks.operation("GET", "/tasks", permission="work.find", query=ListQuery)
def list_tasks() -> Page[OpenBatchWire]:
    """List batches of tasks that are open now, oldest first."""
    session = request_session()
    page = queries.open_batches(session, current_actor(), **page_arguments())
    today = market_now(session).date()
    hourly = expected_pay(session, page.data)
    return page_of(page, lambda batch: wire.open_batch(batch, today, hourly.get(batch.id)))


@claims.operation("POST", "/claims", permission="work.claim", body=ClaimInput, status=201, refusals=[404, 409])
def claim_next(given: dict[str, Any]) -> NewClaimWire:
    """Claim the next open task, of the batch named or of the oldest that has one."""
    batch_id = body.identifier(given, "batch_id", "batch") if "batch_id" in given else None
    actor = current_actor()
    return wire.claimed(claiming.claim_next(request_session(), actor, batch_id), actor)


@claims.operation("GET", "/claims", permission="work.read", query=ClaimsQuery)
def list_claims() -> Page[ClaimLineWire]:
    """List one's claims, newest first; `state` narrows them."""
    states = request.args.getlist("state")
    page = queries.my_claims(request_session(), current_actor(), states=states, **page_arguments("state"))
    return page_of(page, wire.claim_line)


@claims.operation("GET", "/claims/{claim_id}", permission="work.read")
def read_claim(claim_id: UUID) -> WholeClaimWire:
    """Read one claim whole."""
    actor = current_actor()
    return wire.claim_view(queries.claim_view(request_session(), actor, claim_id), actor)


@claims.operation(
    "PUT", "/claims/{claim_id}/draft", permission="work.submit", body=DraftInput, repeatable=True, refusals=[409]
)
def save_draft(given: dict[str, Any], claim_id: UUID) -> ClaimWire:
    """Keep what one has so far, by item id; it is not checked."""
    draft = {public("item", item_id): content for item_id, content in body.answers(given).items()}
    return wire.claim(holding.save_draft(request_session(), current_actor(), claim_id, draft))


@claims.operation(
    "POST",
    "/claims/{claim_id}/submit",
    permission="work.submit",
    body=SubmissionInput,
    repeatable=True,
    refusals=[409],
)
def submit_claim(given: dict[str, Any], claim_id: UUID) -> SubmittedWire:
    """Submit the answers of an attempt; the same again changes nothing."""
    answers, attempt = body.answers(given), body.whole(given, "attempt")
    return wire.submitted(submitting.submit(request_session(), current_actor(), claim_id, answers, attempt))


@claims.operation("POST", "/claims/{claim_id}/extend", permission="work.claim", refusals=[409])
def extend_claim(claim_id: UUID) -> ClaimWire:
    """Start the lease anew."""
    return wire.claim(holding.extend(request_session(), current_actor(), claim_id))


@claims.operation("POST", "/claims/{claim_id}/return", permission="work.claim", refusals=[409])
def return_claim(claim_id: UUID) -> ClaimWire:
    """Give the claim back."""
    return wire.claim(holding.give_back(request_session(), current_actor(), claim_id))
