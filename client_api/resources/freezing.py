"""The freeze of payouts: one person freezes at once, two people let payouts be sent again."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.freezing import (
    AcknowledgeInput,
    FreezeReasonInput,
    PayoutFreezeInput,
    PayoutFreezeView,
    ReadBackView,
)
from marketplace.kernel.ids import public
from marketplace.rails import freezing as verbs
from marketplace.reconciliation.acknowledging import acknowledge
from marketplace.reconciliation.reading_back import ReadBack, unfreeze
from marketplace.web.context import get_context
from marketplace.web.database import transactions

freezing = Theme(
    "payout_freeze", "Stopping all payouts, by one person at once, and letting them be sent again, by two."
)


@freezing.operation("GET", "/payout-freeze", permission="payout_run.read", returns=PayoutFreezeView)
def read_payout_freeze() -> dict[str, Any]:
    """Read whether payouts are frozen."""
    return _view()


@freezing.operation(
    "POST",
    "/payout-freeze",
    permission="payout_run.approve",
    body=PayoutFreezeInput,
    example={"reason": "The bank called about a payment.", "read_from": "2027-02-28T00:00:00Z"},
    returns=PayoutFreezeView,
    idempotent=True,
)
def freeze_payouts(body: dict[str, Any]) -> dict[str, Any]:
    """Let nothing be prepared, approved, given up or sent from now on; what is on its way goes on."""
    verbs.freeze(session(), actor(), body["reason"], body["read_from"])
    return _view()


@freezing.operation(
    "POST",
    "/payout-freeze/ask",
    permission="payout_run.approve",
    body=FreezeReasonInput,
    example={"reason": "It was a mistake of theirs."},
    returns=PayoutFreezeView,
    idempotent=True,
)
def ask_to_lift_payout_freeze(body: dict[str, Any]) -> dict[str, Any]:
    """Ask, as the first of two people, that payouts be sent again; anybody may ask anew."""
    verbs.ask_to_lift(session(), actor(), body["reason"])
    return _view()


@freezing.operation(
    "POST", "/payout-freeze/lift", permission="payout_run.approve", returns=ReadBackView, idempotent=True
)
def lift_payout_freeze() -> ReadBack:
    """Have the rails read back, as the second person, and let payouts be sent again if that explains every transfer."""
    # Not in this request's transaction: what was adopted before a rail fell silent stays adopted, and it is safe to
    # repeat by itself.
    return unfreeze(transactions, actor(), get_context().rails)


@freezing.operation(
    "POST",
    "/payout-freeze/acknowledge",
    permission="payout_run.approve",
    body=AcknowledgeInput,
    example={"line_id": "lin_01h455vb4pex5vsknk084sn02q", "reason": "Paid by hand, as agreed with the worker."},
    returns=PayoutFreezeView,
    idempotent=True,
)
def acknowledge_transfer(body: dict[str, Any]) -> dict[str, Any]:
    """Say, for good, that a transfer that nothing explains was looked into and keeps payouts frozen no more."""
    acknowledge(session(), actor(), public("external_line", body["line_id"]), body["reason"])
    return _view()


def _view() -> dict[str, Any]:
    found, asked = verbs.current_freeze(session()), verbs.lift_asked(session())
    return {
        "frozen": found is not None,
        "reason": found and found.reason,
        "read_from": found and found.read_from,
        "lift_asked_by": asked and asked.person_id,
        "lift_asked_at": asked and asked.at,
        "lift_reason": asked and asked.body["reason"],
    }
