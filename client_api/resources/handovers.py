"""Handovers: contracts that were taken over after a default, offered to a seller of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.handovers import HandoverAcceptInput, HandoverInput, HandoverQuery, HandoverView
from client_api.views import With
from marketplace.contracts import handover_queries
from marketplace.contracts import handovers as offering
from marketplace.contracts.handover_models import Handover
from marketplace.db.paging import Page
from marketplace.lifecycle import handing_over
from marketplace.lifecycle.standing import passes_over

handovers = Theme(
    "handovers", "Contracts that were taken over after a default, offered to another seller as they stand."
)


@handovers.operation(
    "POST",
    "/contracts/{contract_id}/handovers",
    permission="contract.hand_over",
    body=HandoverInput,
    returns=HandoverView,
    status=201,
    idempotent=True,
    refusals=[409],
    location="/handovers/{id}",
)
def offer_handover(body: dict[str, Any], contract_id: UUID) -> With:
    """Offer a contract that your organization took over after a default to another seller, as it stands.

    Nothing of it changes but who sells: prices, terms, items, tasks, claims and the layers below stay.
    """
    expires_in = dt.timedelta(seconds=body["expires_in_seconds"])
    return view(offering.offer(session(), actor(), contract_id, body["to_organization_id"], expires_in))


@handovers.operation(
    "GET", "/handovers", permission="contract.read", query=HandoverQuery, returns=HandoverView, page=True
)
def list_handovers(query: dict[str, Any]) -> Page[With]:
    """List the contracts that your organization offered to others or was offered, the newest first.

    What passes over is said where one of them is read.
    """
    states = [query.pop("state")] if "state" in query else []
    page = handover_queries.list_handovers(session(), actor(), states=states, **query)
    return Page([With(row, passes_over=None) for row in page.data], page.next_cursor)


@handovers.operation("GET", "/handovers/{handover_id}", permission="contract.read", returns=HandoverView)
def read_handover(handover_id: UUID) -> With:
    """Read the offer of a contract."""
    return view(handover_queries.get_handover(session(), actor(), handover_id))


@handovers.operation(
    "POST",
    "/handovers/{handover_id}/accept",
    permission="contract.accept",
    body=HandoverAcceptInput,
    returns=HandoverView,
    refusals=[409, 422],
)
def accept_handover(body: dict[str, Any], handover_id: UUID) -> With:
    """Accept a contract as it stands: your organization sells under it from now on.

    Answers that wait are yours to review, and what is accepted from now on is your margin; what was accepted before
    stays the former seller's. What you read is what you accept: its `terms_digest` is refused once anything of it is
    another.
    """
    return view(handing_over.accept(session(), actor(), handover_id, body["terms_digest"]))


@handovers.operation(
    "POST", "/handovers/{handover_id}/decline", permission="contract.accept", returns=HandoverView, refusals=[409]
)
def decline_handover(handover_id: UUID) -> With:
    """Decline a contract that was offered to your organization."""
    return view(offering.decline(session(), actor(), handover_id))


@handovers.operation(
    "POST", "/handovers/{handover_id}/withdraw", permission="contract.hand_over", returns=HandoverView, refusals=[409]
)
def withdraw_handover(handover_id: UUID) -> With:
    """Withdraw an offer of your organization that was not answered yet."""
    return view(offering.withdraw(session(), actor(), handover_id))


def view(handover: Handover) -> With:
    """One of them, with what it offers while it waits."""
    return With(handover, passes_over=passes_over(session(), handover))
