"""Contesting rejections, one or several at once, and appealing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.work import appealing, disputing
from workers_portal.api import body, dispute_wire
from workers_portal.api.schemas.disputes import (
    AppealInput,
    AppealWire,
    DisputeInput,
    DisputesInput,
    OpenedDisputesWire,
    OpenedDisputeWire,
)
from workers_portal.api.themes import disputes


@disputes.operation(
    "POST", "/disputes", permission="dispute.open", body=DisputeInput, status=201, keyed=True, refusals=[404]
)
def open_dispute(given: dict[str, Any]) -> OpenedDisputeWire:
    """Contest a rejection or a lapsed redo of one's own answer."""
    answer_id, reason = body.identifier(given, "answer_id", "answer"), body.text(given, "reason")
    return dispute_wire.opened(disputing.open_dispute(request_session(), current_actor(), answer_id, reason))


@disputes.operation(
    "POST", "/claims/{claim_id}/disputes", permission="dispute.open", body=DisputesInput, status=201, keyed=True
)
def open_disputes(given: dict[str, Any], claim_id: UUID) -> OpenedDisputesWire:
    """Contest several answers of one claim for one reason, all or none; all that can be contested if none is named."""
    answer_ids, reason = _answers(given), body.text(given, "reason")
    opened = disputing.open_disputes(request_session(), current_actor(), claim_id, reason, answer_ids)
    return {"data": [dispute_wire.opened(row) for row in opened]}


@disputes.operation(
    "POST", "/disputes/{dispute_id}/appeal", permission="dispute.open", body=AppealInput, status=201, keyed=True
)
def appeal_dispute(given: dict[str, Any], dispute_id: UUID) -> AppealWire:
    """Appeal against a dispute's having been upheld; somebody else decides, and silence decides for you."""
    reason = body.text(given, "reason")
    return dispute_wire.appeal(appealing.open_appeal(request_session(), current_actor(), dispute_id, reason))


def _answers(given: dict[str, Any]) -> list[UUID] | None:
    if "answer_ids" not in given:
        return None
    named = given["answer_ids"]
    if not isinstance(named, list) or not 1 <= len(named) <= 1000:
        raise body.wrong("/answer_ids", "out_of_range", "This must be a list of 1 to 1000 ids of answers.")
    try:
        return [parse("answer", name) for name in named]
    except DomainError as error:
        raise body.wrong("/answer_ids", "id", "These must be ids of answers.") from error
