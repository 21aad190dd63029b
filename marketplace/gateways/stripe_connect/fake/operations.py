"""What the imitation can do, by operation: each takes the state, the id in the path, and the fields."""

from collections.abc import Callable
from typing import Any, Final

from marketplace.gateways.stripe_connect.fake.asked import whole
from marketplace.gateways.stripe_connect.fake.errors import FakeError
from marketplace.gateways.stripe_connect.fake.state import State

Fields = dict[str, Any]
Operation = Callable[[State, str, Fields], dict[str, Any]]

_PAYER_ENDED: Final = frozenset({"succeeded", "canceled"})


def create_intent(state: State, _: str, fields: Fields) -> dict[str, Any]:
    made = state.make(
        "pi",
        "payment_intent",
        amount=whole(fields, "amount"),
        currency=fields["currency"],
        status="requires_payment_method",
        metadata=fields.get("metadata", {}),
        transfer_group=fields.get("transfer_group"),
        latest_charge=None,
        cancellation_reason=None,
    )
    made["client_secret"] = f"{made['id']}_secret_{made['id'][-8:]}"
    return confirm_intent(state, made["id"], {}) if state.pays_at_once else made


def confirm_intent(state: State, intent_id: str, _: Fields) -> dict[str, Any]:
    """The payer pays: the charge and its balance transaction come to be."""
    intent = state.get(intent_id, "payment_intent")
    if intent["status"] in _PAYER_ENDED:
        raise FakeError(400, "payment_intent_unexpected_state", f"This PaymentIntent is {intent['status']}.")
    charge = state.make(
        "ch",
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        payment_intent=intent_id,
        metadata=intent["metadata"],
        transfer_group=intent["transfer_group"],
        amount_refunded=0,
    )
    fee = intent["amount"] * state.fee_ppm // 1_000_000
    charge["balance_transaction"] = state.moved(
        "charge", charge["id"], intent["amount"], intent["currency"], fee=fee, settles=state.settles_after_seconds
    )
    intent["status"], intent["latest_charge"] = "succeeded", charge["id"]
    state.tell("payment_intent.succeeded", intent)
    return intent


def cancel_intent(state: State, intent_id: str, fields: Fields) -> dict[str, Any]:
    intent = state.get(intent_id, "payment_intent")
    if intent["status"] in _PAYER_ENDED:
        raise FakeError(400, "payment_intent_unexpected_state", f"This PaymentIntent is {intent['status']}.")
    intent["status"], intent["cancellation_reason"] = "canceled", fields.get("cancellation_reason")
    state.tell("payment_intent.canceled", intent)
    return intent


def create_transfer(state: State, _: str, fields: Fields) -> dict[str, Any]:
    amount, currency = whole(fields, "amount"), fields["currency"]
    account = state.get(fields["destination"], "account", "destination")
    if account["capabilities"].get("transfers") != "active":
        raise FakeError(
            400, "insufficient_capabilities_for_transfer", "Your destination account needs the transfers capability."
        )
    if state.available(currency) < amount:
        raise FakeError(400, "balance_insufficient", "You have insufficient available funds in your Stripe account.")
    made = state.make(
        "tr",
        "transfer",
        amount=amount,
        amount_reversed=0,
        currency=currency,
        destination=account["id"],
        metadata=fields.get("metadata", {}),
        transfer_group=fields.get("transfer_group"),
        reversed=False,
    )
    made["balance_transaction"] = state.moved("transfer", made["id"], -amount, currency)
    state.tell("transfer.created", made)
    return made


def reverse_transfer(state: State, transfer_id: str, fields: Fields) -> dict[str, Any]:
    transfer = state.get(transfer_id, "transfer")
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = whole(fields, "amount", left)
    if not 0 < amount <= left:
        raise FakeError(400, "parameter_invalid_integer", f"Only {left} of this transfer can be reversed.")
    made = state.make("trr", "transfer_reversal", amount=amount, currency=transfer["currency"], transfer=transfer_id)
    made["balance_transaction"] = state.moved("transfer_refund", made["id"], amount, transfer["currency"])
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    state.tell("transfer.reversed", transfer)
    return made


def create_refund(state: State, _: str, fields: Fields) -> dict[str, Any]:
    intent = state.get(fields.get("payment_intent", ""), "payment_intent", "payment_intent")
    charge = state.get(intent["latest_charge"] or "", "charge", "payment_intent")
    left = charge["amount"] - charge["amount_refunded"]
    amount = whole(fields, "amount", left)
    if not 0 < amount <= left:
        raise FakeError(400, "charge_already_refunded", f"Only {left} of this charge can be refunded.")
    if state.available(charge["currency"]) < amount:
        raise FakeError(400, "balance_insufficient", "You have insufficient available funds in your Stripe account.")
    made = state.make(
        "re",
        "refund",
        amount=amount,
        currency=charge["currency"],
        payment_intent=intent["id"],
        charge=charge["id"],
        status="succeeded",
        metadata=fields.get("metadata", {}),
    )
    made["balance_transaction"] = state.moved("refund", made["id"], -amount, charge["currency"])
    charge["amount_refunded"] += amount
    state.tell("charge.refunded", charge)
    return made


def create_account(state: State, _: str, fields: Fields) -> dict[str, Any]:
    wanted = fields.get("capabilities", {})
    active = "active" if state.opens_accounts else "inactive"
    made = state.make(
        "acct",
        "account",
        country=fields.get("country"),
        email=fields.get("email"),
        controller=fields.get("controller", {}),
        metadata=fields.get("metadata", {}),
        capabilities=dict.fromkeys(wanted, active),
        details_submitted=state.opens_accounts,
        payouts_enabled=state.opens_accounts,
    )
    if state.opens_accounts:
        state.tell("account.updated", made)
    return made


def link_account(state: State, _: str, fields: Fields) -> dict[str, Any]:
    account = state.get(fields["account"], "account", "account")
    return {
        "object": "account_link",
        "created": state.now(),
        "expires_at": state.now() + 300,
        "url": f"{fields['return_url']}#{account['id']}",
    }


def balance(state: State, _: str, __: Fields) -> dict[str, Any]:
    currencies = {one["currency"] for one in state.all_of("balance_transaction")} | set(state.given)
    available = [{"amount": state.available(one), "currency": one} for one in sorted(currencies)]
    return {"object": "balance", "livemode": False, "available": available, "pending": []}


CREATING: Final[dict[str, Operation]] = {
    "payment_intents": create_intent,
    "payment_intents/confirm": confirm_intent,
    "payment_intents/cancel": cancel_intent,
    "transfers": create_transfer,
    "transfers/reversals": reverse_transfer,
    "refunds": create_refund,
    "accounts": create_account,
    "account_links": link_account,
}
"""POST operations; an id between the words is left out."""

KINDS: Final = {
    "payment_intents": "payment_intent",
    "transfers": "transfer",
    "refunds": "refund",
    "accounts": "account",
    "events": "event",
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "payouts": "payout",
}
"""What GET can list and read."""


EVENTS_SECONDS: Final = 30 * 86_400
"""Events that are older are not listed any more."""


def read_one(state: State, collection: str, object_id: str, fields: Fields) -> dict[str, Any]:
    """One object."""
    found = state.get(object_id, KINDS[collection])
    if collection == "balance_transactions":
        return _transaction(state, found, expanded="source" in fields.get("expand", []))
    return found


def _transaction(state: State, made: dict[str, Any], *, expanded: bool) -> dict[str, Any]:
    read = state.transaction(made)
    return {**read, "source": state.objects.get(made["source"], made["source"])} if expanded else read


def read_list(state: State, collection: str, fields: Fields, account: str | None = None) -> dict[str, Any]:
    """A page of a list, newest first, with Stripe's filters and cursors; of a connected account's own things, or ours.

    What happened at connected accounts is in no list of ours: only webhooks tell it, or asking each account.
    """
    rows = [one for one in state.all_of(KINDS[collection]) if _wanted(one, fields)]
    if collection == "payouts":
        rows = [one for one in rows if state.payouts_of.get(one["id"]) == account]
    if collection == "events":
        rows = [one for one in rows if one.get("account") == account]
        rows = [one for one in rows if one["created"] >= state.now() - EVENTS_SECONDS]
    if "starting_after" in fields:
        ids = [one["id"] for one in rows]
        rows = rows[ids.index(fields["starting_after"]) + 1 :] if fields["starting_after"] in ids else []
    limit = min(whole(fields, "limit", 10), 100)
    page = rows[:limit]
    if collection == "balance_transactions":
        expanded = "data.source" in fields.get("expand", [])
        page = [_transaction(state, one, expanded=expanded) for one in page]
    return {"object": "list", "url": f"/v1/{collection}", "has_more": len(rows) > limit, "data": page}


def _wanted(one: dict[str, Any], fields: Fields) -> bool:
    created = fields.get("created", {})
    return (
        fields.get("transfer_group") in {None, one.get("transfer_group")}
        and fields.get("payment_intent") in {None, one.get("payment_intent")}
        and fields.get("type") in {None, one.get("type")}
        and fields.get("status") in {None, one.get("status")}
        and ("types" not in fields or one.get("type") in fields["types"])
        and one["created"] >= int(created.get("gte", 0))
    )
