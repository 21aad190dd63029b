"""Connected accounts' own payouts at the imitation, on order: paid to a bank, which may still refuse days later."""

from typing import Any

from marketplace.gateways.stripe_connect.fake.asked import whole
from marketplace.gateways.stripe_connect.fake.errors import FakeError
from marketplace.gateways.stripe_connect.fake.state import State


def give_bank(state: State, account_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The holder names a bank account, instead of the one in that currency before; Stripe pays to it."""
    account = state.get(account_id, "account")
    made = state.make(
        "ba",
        "bank_account",
        account=account_id,
        currency=wanted.get("currency", "cny"),
        default_for_currency=True,
        status="new",
    )
    others = [one for one in _banks(account) if one["currency"] != made["currency"]]
    account["external_accounts"] = {"object": "list", "data": [*others, made]}
    account["payouts_enabled"] = all(one["status"] == "new" for one in _banks(account))
    state.tell("account.external_account.created", made, account_id)
    state.tell("account.updated", account, account_id)
    return made


def pay_on(state: State, account_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Stripe pays what the account has of a currency on to its holder's bank, which counts as paid."""
    account = state.get(account_id, "account")
    currency = wanted.get("currency", "cny")
    bank = next((one for one in _banks(account) if one["currency"] == currency), None)
    there = connected_balance(state, account_id, currency)
    amount = whole(wanted, "amount", there)
    if bank is None or bank["status"] != "new" or not 0 < amount <= there:
        raise FakeError(400, "balance_insufficient", f"The account has {there}, and pays to {bank and bank['status']}.")
    made = state.make(
        "po",
        "payout",
        amount=amount,
        currency=currency,
        automatic=True,
        destination=bank["id"],
        status="paid",
        failure_code=None,
        failure_message=None,
    )
    state.payouts_of[made["id"]] = account_id
    state.tell("payout.paid", made, account_id)
    return made


def fail(state: State, payout_id: str, code: str) -> dict[str, Any]:
    """The bank gives a payout back, as it may days later: nothing is paid to that bank account until it is changed."""
    payout = state.get(payout_id, "payout")
    if payout["status"] == "failed":
        raise FakeError(400, None, "This payout is failed.")
    account_id = state.payouts_of[payout_id]
    account = state.get(account_id, "account")
    payout["status"], payout["failure_code"] = "failed", code
    payout["failure_message"] = "The bank did not take it."
    for bank in _banks(account):
        if bank["id"] == payout["destination"]:
            bank["status"], account["payouts_enabled"] = "errored", False
    state.tell("payout.failed", payout, account_id)
    state.tell("account.updated", account, account_id)
    return payout


def connected_balance(state: State, account_id: str, currency: str) -> int:
    """What is on a connected account: transferred to it, and not paid on or given back."""
    came = sum(
        one["amount"] - one["amount_reversed"]
        for one in state.all_of("transfer")
        if (one["destination"], one["currency"]) == (account_id, currency)
    )
    went = sum(
        one["amount"]
        for one in state.all_of("payout")
        if state.payouts_of[one["id"]] == account_id and one["currency"] == currency and one["status"] != "failed"
    )
    return int(came - went)


def _banks(account: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.get("external_accounts", {}).get("data", [])
    return found
