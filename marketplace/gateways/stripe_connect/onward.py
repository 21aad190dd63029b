"""Payouts of connected accounts to their own banks: Stripe makes them by itself, and any may fail days after "paid".

The money of a failed one is on the connected account again, and Stripe pays nothing to that bank account until its
holder has changed it.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import stripe

from marketplace.gateways.stripe_connect.amounts import from_stripe
from marketplace.rails.onward import BankRefused, Standing

if TYPE_CHECKING:
    from stripe.params import PayoutListParams

FAILED_SINCE: Final = dt.timedelta(days=180)
"""How far back failed payouts are read: longer than any silence that a market survives."""

BROKEN: Final = frozenset({"errored", "verification_failed", "tokenized_account_number_deactivated"})
"""What Stripe says of a bank account to which it pays nothing."""

_LIST_LIMIT: Final = 100


def read_standing(client: stripe.StripeClient, account_id: str) -> Standing:
    """What Stripe says of a connected account and its failed payouts now. Raises stripe.StripeError."""
    account = client.v1.accounts.retrieve(account_id).to_dict()
    since = dt.datetime.now(dt.UTC) - FAILED_SINCE
    params: PayoutListParams = {
        "status": "failed",
        "created": {"gte": int(since.timestamp())},
        "limit": _LIST_LIMIT,
    }
    listed = client.v1.payouts.list(params, {"stripe_account": account_id}).auto_paging_iter()
    failed = [one.to_dict() for one in listed]
    banks = [one for one in (account.get("external_accounts") or {}).get("data", []) if one.get("default_for_currency")]
    return Standing(
        pays_on=bool(account.get("payouts_enabled")) and not any(one.get("status") in BROKEN for one in banks),
        bank_accounts=frozenset(one["id"] for one in banks),
        refused=tuple(_refused(one) for one in failed[::-1]),
    )


def _refused(payout: dict[str, Any]) -> BankRefused:
    destination = payout["destination"]
    return BankRefused(
        reference=payout["id"],
        amount=from_stripe(payout["amount"], payout["currency"]),
        code=payout["failure_code"] or "could_not_process",
        bank_account=destination["id"] if isinstance(destination, dict) else destination or "",
        made_at=dt.datetime.fromtimestamp(payout["created"], dt.UTC),
    )
