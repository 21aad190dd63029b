"""Payments of clients that a rail took back, and how that ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.chargebacks import ChargebackQuery, ChargebackReason, ChargebackView
from marketplace.db.paging import Page
from marketplace.lifecycle.chargebacks import declare_lost, write_off
from marketplace.rails import queries
from marketplace.rails.chargeback_models import Chargeback

chargebacks = Theme("chargebacks", "Payments of clients that were charged back at the rail.")


@chargebacks.operation(
    "GET", "/chargebacks", permission="chargeback.read", query=ChargebackQuery, returns=ChargebackView, page=True
)
def list_chargebacks(query: dict[str, Any]) -> Page[Chargeback]:
    """List chargebacks, the newest first: your organization's, or as the platform's staff everybody's."""
    return queries.chargebacks(session(), actor(), **query)


@chargebacks.operation("GET", "/chargebacks/{chargeback_id}", permission="chargeback.read", returns=ChargebackView)
def read_chargeback(chargeback_id: UUID) -> Chargeback:
    """Read a chargeback."""
    return queries.get_chargeback(session(), actor(), chargeback_id)


@chargebacks.operation(
    "POST",
    "/chargebacks/{chargeback_id}/declare-lost",
    permission="chargeback.close",
    body=ChargebackReason,
    example={"reason": "The bank's letter of 3 March."},
    returns=ChargebackView,
    idempotent=True,
)
def declare_chargeback_lost(body: dict[str, Any], chargeback_id: UUID) -> Chargeback:
    """Say that the payer's bank decided for the payer, where the rail's own message did not come.

    What of the client's money is frozen for it is paid with that; what is not covered the client owes.
    """
    return declare_lost(session(), actor(), chargeback_id, body["reason"])


@chargebacks.operation(
    "POST",
    "/chargebacks/{chargeback_id}/write-off",
    permission="chargeback.close",
    body=ChargebackReason,
    example={"reason": "The client is gone."},
    returns=ChargebackView,
    idempotent=True,
)
def write_chargeback_off(body: dict[str, Any], chargeback_id: UUID) -> Chargeback:
    """Give up what a client still owes of a lost chargeback: the platform bears it, from its own money."""
    return write_off(session(), actor(), chargeback_id, body["reason"])
