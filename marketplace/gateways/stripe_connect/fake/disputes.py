"""Disputes at the imitation, on order: as Stripe books them, by balance transactions of type `adjustment`."""

from typing import Any

from marketplace.gateways.stripe_connect.fake.asked import whole
from marketplace.gateways.stripe_connect.fake.errors import FakeError
from marketplace.gateways.stripe_connect.fake.state import State


def open_dispute(state: State, wanted: dict[str, Any]) -> dict[str, Any]:
    """The payer of a PaymentIntent takes the payment back; it leaves the balance at once, with the fee."""
    intent = state.get(str(wanted.get("payment_intent")), "payment_intent", "payment_intent")
    charge = state.get(intent["latest_charge"] or "", "charge", "payment_intent")
    amount, fee = whole(wanted, "amount", charge["amount"]), int(wanted.get("fee", 0))
    made = state.make(
        "du",
        "dispute",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=intent["id"],
        status="needs_response",
        reason="fraudulent",
    )
    state.moved("adjustment", made["id"], -amount, charge["currency"], fee=fee)
    state.tell("charge.dispute.created", made)
    return made


def end_dispute(state: State, dispute_id: str, status: str) -> dict[str, Any]:
    """The bank decides: won brings the payment back, without the fee."""
    dispute = state.get(dispute_id, "dispute")
    if dispute["status"] in {"won", "lost"} or status not in {"won", "lost"}:
        raise FakeError(400, None, f"This dispute is {dispute['status']}.")
    dispute["status"] = status
    if status == "won":
        state.moved("adjustment", dispute["id"], dispute["amount"], dispute["currency"])
    state.tell("charge.dispute.closed", dispute)
    return dispute
