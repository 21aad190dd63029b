"""Finding, claiming, saving, submitting, giving back, contesting."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from marketplace.db.clock import market_now
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.work import claiming, disputing, holding, queries, submitting
from workers_portal.api import blueprint, body, wire
from workers_portal.api.paging import page_arguments, page_of


@blueprint.get("/tasks")
@guarded("work.find")
def find_tasks() -> dict[str, Any]:
    """Batches of tasks that are open now, oldest first."""
    session = request_session()
    page = queries.open_batches(session, current_actor(), **page_arguments())
    today = market_now(session).date()
    return page_of(page, lambda batch: wire.open_batch(batch, today))


@blueprint.post("/claims")
@guarded("work.claim")
def claim_next() -> tuple[dict[str, Any], HTTPStatus]:
    """Claim the next open task, of the batch named or of the oldest that has one."""
    given = body.read_body({"batch_id"})
    batch_id = body.identifier(given, "batch_id", "batch") if "batch_id" in given else None
    actor = current_actor()
    return wire.claimed(claiming.claim_next(request_session(), actor, batch_id), actor), HTTPStatus.CREATED


@blueprint.get("/claims")
@guarded("work.read")
def list_claims() -> dict[str, Any]:
    """One's claims, newest first; `state` narrows them."""
    states = request.args.getlist("state")
    page = queries.my_claims(request_session(), current_actor(), states=states, **page_arguments("state"))
    return page_of(page, wire.claim_line)


@blueprint.get("/claims/<claim_id>")
@guarded("work.read")
def get_claim(claim_id: str) -> dict[str, Any]:
    """One claim whole."""
    actor = current_actor()
    return wire.claim_view(queries.claim_view(request_session(), actor, parse("claim", claim_id)), actor)


@blueprint.put("/claims/<claim_id>/draft")
@guarded("work.submit")
def save_draft(claim_id: str) -> dict[str, Any]:
    """Keep what one has so far, by item id; it is not checked."""
    draft = {public("item", item_id): content for item_id, content in body.answers(body.read_body({"answers"})).items()}
    return wire.claim(holding.save_draft(request_session(), current_actor(), parse("claim", claim_id), draft))


@blueprint.post("/claims/<claim_id>/submit")
@guarded("work.submit")
def submit(claim_id: str) -> dict[str, Any]:
    """Submit the answers of an attempt; the same again changes nothing."""
    given = body.read_body({"attempt", "answers"})
    answers, attempt = body.answers(given), body.whole(given, "attempt")
    return wire.submitted(
        submitting.submit(request_session(), current_actor(), parse("claim", claim_id), answers, attempt)
    )


@blueprint.post("/claims/<claim_id>/extend")
@guarded("work.claim")
def extend(claim_id: str) -> dict[str, Any]:
    """Start the lease anew."""
    return wire.claim(holding.extend(request_session(), current_actor(), parse("claim", claim_id)))


@blueprint.post("/claims/<claim_id>/return")
@guarded("work.claim")
def give_back(claim_id: str) -> dict[str, Any]:
    """Give the claim back."""
    return wire.claim(holding.give_back(request_session(), current_actor(), parse("claim", claim_id)))


@blueprint.post("/disputes")
@guarded("dispute.open")
def open_dispute() -> tuple[dict[str, Any], HTTPStatus]:
    """Contest a rejection or a lapsed redo of one's own answer."""
    given = body.read_body({"answer_id", "reason"})
    answer_id, reason = body.identifier(given, "answer_id", "answer"), body.text(given, "reason")
    dispute = disputing.open_dispute(request_session(), current_actor(), answer_id, reason)
    return {
        "id": public("dispute", dispute.id),
        "answer_id": public("answer", dispute.answer_id),
        "state": dispute.state,
        "deadline_at": instant(dispute.deadline_at),
    }, HTTPStatus.CREATED
