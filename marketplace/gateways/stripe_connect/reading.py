"""What Stripe's events and balance transactions mean for us."""

import datetime as dt
from typing import Any, Final

from marketplace.gateways.stripe_connect.amounts import from_stripe
from marketplace.rails.port import RailEvent, RailLine

_KINDS: Final = {
    "charge": "charge",
    "payment": "charge",
    "transfer": "transfer",
    "transfer_refund": "transfer_return",
    "transfer_cancel": "transfer_return",
    "transfer_failure": "transfer_return",
    "refund": "refund",
    "payment_refund": "refund",
    "adjustment": "dispute",
    "payout": "to_bank",
    "payout_cancel": "from_bank",
    "payout_failure": "from_bank",
    "topup": "from_bank",
    "topup_reversal": "to_bank",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
}


_TELLING: Final = frozenset(
    {
        "payout.failed",
        "account.updated",
        "account.external_account.created",
        "account.external_account.updated",
        "account.external_account.deleted",
    }
)
"""Kinds of events of connected accounts after which Stripe is asked how the account stands. `payout.paid` is none of
them: it can still turn to failed."""


def read_event(event: dict[str, Any]) -> RailEvent | None:
    """What one event of Stripe means for us, from a list or a webhook; None when it is of no interest.

    What happened at a connected account carries its id (`account`), and never speaks of money of ours.
    """
    subject = event["data"]["object"]
    if event.get("account"):
        return _read_of_connected(event, subject)
    if event["type"] == "payment_intent.canceled" and "deposit" in subject.get("metadata", {}):
        payload = {
            "deposit": subject["metadata"]["deposit"],
            "code": subject.get("cancellation_reason") or "canceled",
            "message": "The payment was cancelled at Stripe.",
        }
        return RailEvent(event["id"], "charge.refused", payload)
    if event["type"] == "account.updated" and (subject.get("capabilities") or {}).get("transfers") == "active":
        return RailEvent(event["id"], "destination.ready", {"destination": subject["id"]})
    if event["type"] == "charge.dispute.closed" and subject["status"] == "lost":
        return RailEvent(event["id"], "dispute.lost", {"dispute": subject["id"]})
    return None


def _read_of_connected(event: dict[str, Any], subject: dict[str, Any]) -> RailEvent | None:
    if event["type"] not in _TELLING:
        return None
    ready = event["type"] == "account.updated" and (subject.get("capabilities") or {}).get("transfers") == "active"
    kind = "destination.ready" if ready else "destination.told"
    return RailEvent(event["id"], kind, {"destination": event["account"]})


def read_charge(transaction: dict[str, Any]) -> RailEvent | None:
    """The deposit that a balance transaction brought, gross, with the fee; None for any other transaction."""
    source = transaction["source"]
    if _KINDS.get(transaction["type"]) != "charge" or "deposit" not in source.get("metadata", {}):
        return None
    payload = {
        "deposit": source["metadata"]["deposit"],
        "amount": from_stripe(transaction["amount"], transaction["currency"]).to_wire(),
        "fee": from_stripe(transaction["fee"], transaction["currency"]).to_wire(),
        "reference": source["payment_intent"],
    }
    # The transaction's own id: it is told once, whichever list or webhook brings it.
    return RailEvent(transaction["id"], "charge.available", payload)


def read_line(transaction: dict[str, Any]) -> RailLine:
    """A balance transaction as a line: net, with the fee beside it."""
    kind, source = _KINDS.get(transaction["type"], "other"), transaction["source"]
    if kind == "dispute" and not (isinstance(source, dict) and source["object"] == "dispute"):
        kind = "other"  # Stripe corrected something else
    return RailLine(
        external_id=transaction["id"],
        kind=kind,
        amount=from_stripe(transaction["net"], transaction["currency"]),
        occurred_at=dt.datetime.fromtimestamp(transaction["created"], dt.UTC),
        reference=_reference(kind, transaction),
        fee=from_stripe(transaction["fee"], transaction["currency"]) if transaction["fee"] else None,
        transfer_group=source.get("transfer_group") if kind == "transfer" else None,
        charge=source.get("payment_intent") if kind in {"refund", "dispute"} else None,
    )


def _reference(kind: str, transaction: dict[str, Any]) -> str:
    """The id of the charge's PaymentIntent or of the returned transfer; else that of the line's source, or its own."""
    source = transaction["source"]
    if isinstance(source, dict):
        behind = source.get({"charge": "payment_intent", "transfer_return": "transfer"}.get(kind, "id"))
        return str(behind or source["id"])
    return str(source or transaction["id"])
