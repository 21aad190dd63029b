"""What one earned, when it is paid, and where the price of an answer went."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import parse, public
from marketplace.notifications import queries as notification_queries
from marketplace.notifications.models import Notification
from marketplace.provenance import chains
from marketplace.rails import methods
from marketplace.settlement import queries
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from workers_portal.api import blueprint, body, wire
from workers_portal.api.paging import page_arguments, page_of


@blueprint.get("/earnings")
@guarded("earning.read")
def earnings() -> dict[str, Any]:
    """The sums by currency; scheduled, due, paying, held and paid add up to earned."""
    return {"data": [wire.owed(line) for line in queries.owed(request_session(), current_actor())]}


@blueprint.get("/installments")
@guarded("installment.read.own")
def installments() -> dict[str, Any]:
    """One's installments by due date."""
    page = queries.installments(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.installment)


@blueprint.get("/answers/<answer_id>/price-chain")
@guarded("price_chain.read.own")
def price_chain(answer_id: str) -> dict[str, Any]:
    """Where the client's price of one of one's answers goes; the parts add up to it."""
    return wire.price_chain(chains.answer_chain(request_session(), current_actor(), parse("answer", answer_id)))


@blueprint.get("/notifications")
@guarded("notification.read")
def notifications() -> dict[str, Any]:
    """What one was told, newest first."""
    page = notification_queries.inbox(request_session(), current_actor(), **page_arguments())
    return page_of(page, _notification)


def _notification(row: Notification) -> dict[str, Any]:
    return {
        "id": public("notification", row.id),
        "kind": row.kind,
        "subject": public(row.subject_noun, row.subject_id),
        "data": row.body,
        "created_at": instant(row.created_at),
        "read_at": None if row.read_at is None else instant(row.read_at),
    }


@blueprint.put("/payout-method")
@guarded("payout_method.set")
def set_payout_method() -> dict[str, Any]:
    """Say where one's payouts go."""
    given = body.read_body({"rail", "destination"})
    rail, destination = body.text(given, "rail", longest=40), body.text(given, "destination", longest=200)
    methods.known_rail(get_context().rails, rail)
    methods.set_destination(request_session(), current_actor(), rail, destination)
    return {"rail": rail, "destination": destination}
