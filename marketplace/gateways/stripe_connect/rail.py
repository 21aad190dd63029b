"""Stripe Connect as a rail: separate charges and transfers.

Money comes in by PaymentIntents and goes out by Transfers to connected accounts. What counts is the balance
transaction: a charge is told as available, and its line shown, when Stripe lets us use the money.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import stripe

from marketplace.gateways.stripe_connect.amounts import from_stripe, to_stripe
from marketplace.gateways.stripe_connect.connecting import Pace, make_client
from marketplace.gateways.stripe_connect.hooks import verified
from marketplace.gateways.stripe_connect.outcomes import outcome_of
from marketplace.kernel.errors import DomainError
from marketplace.rails.errors import RAIL_UNAVAILABLE
from marketplace.rails.port import (
    Accepted,
    CollectInstruction,
    CollectOutcome,
    Found,
    NewAccount,
    PayoutInstruction,
    PayoutOutcome,
    RailEvent,
    RailLine,
    Refused,
)

if TYPE_CHECKING:
    from stripe.params import (
        AccountCreateParams,
        AccountLinkCreateParams,
        BalanceTransactionListParams,
        EventListParams,
        PaymentIntentCreateParams,
        TransferCreateParams,
        TransferListParams,
    )

NAME: Final = "stripe"

SETTLING: Final = dt.timedelta(days=31)
"""How long after its creation a balance transaction may become available at the latest, with a wide margin."""

WIDE_LOOK_EVERY: Final = dt.timedelta(hours=1)
"""How often what was made up to SETTLING before is read again, for what has become available since."""

CLOCKS_APART: Final = dt.timedelta(hours=1)
"""How much further back than asked for Stripe is read."""

_EVENTS: Final = ["payment_intent.canceled", "account.updated"]
_LIST_LIMIT: Final = 100

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


class StripeRail:
    """The rail over one Stripe platform account."""

    name = NAME

    def __init__(self, secret_key: str, api_base: str, hook_secret: str | None = None) -> None:
        """`secret_key` of the platform; a test key moves no real money. `api_base` is https://api.stripe.com.

        `hook_secret` signs the webhooks; without it none is taken, and Stripe is asked for all it has to tell.
        """
        self._client = make_client(secret_key, api_base)
        self._pace = Pace()
        self.real_money = "_test_" not in secret_key
        self._hook_secret = hook_secret
        self._looked_wide: dict[str, dt.datetime] = {}

    def collect(self, instruction: CollectInstruction) -> CollectOutcome:
        """Make the PaymentIntent that the payer confirms in their browser with the secret we return."""
        params: PaymentIntentCreateParams = {
            "amount": to_stripe(instruction.amount),
            "currency": instruction.amount.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "transfer_group": instruction.key,
            "metadata": {"deposit": instruction.key, "payer": instruction.payer},
        }
        try:
            intent = self._client.v1.payment_intents.create(params, {"idempotency_key": instruction.key})
        except stripe.StripeError as error:
            return outcome_of(error)
        return Accepted(intent.id, intent.client_secret)

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        """Transfer to the payee's connected account.

        A first call asks whether the account may receive transfers: it may have lost that since the run was approved.
        """
        params: TransferCreateParams = {
            "amount": to_stripe(instruction.amount),
            "currency": instruction.amount.currency.lower(),
            "destination": instruction.destination,
            "transfer_group": instruction.transfer_group,
            "metadata": {"key": instruction.key},
        }
        self._pace.wait()
        try:
            if not instruction.asked_before and not self._may_receive(instruction.destination):
                return Refused("account_invalid", "This account may not receive transfers at Stripe now.")
            transfer = self._client.v1.transfers.create(params, {"idempotency_key": instruction.key})
        except stripe.StripeError as error:
            return outcome_of(error)
        return Accepted(transfer.id)

    def _may_receive(self, account_id: str) -> bool:
        capabilities = self._client.v1.accounts.retrieve(account_id).capabilities
        return capabilities is not None and capabilities.transfers == "active"

    def find_transfer(self, transfer_group: str) -> list[Found]:
        """The transfers of one payout; Stripe keeps no refused ones."""
        params: TransferListParams = {"transfer_group": transfer_group, "limit": _LIST_LIMIT}
        found = [
            Found(
                reference=transfer.id,
                key=transfer.metadata.to_dict().get("key", ""),
                amount=from_stripe(transfer.amount, transfer.currency),
                destination=_id_of(transfer.destination),
            )
            for transfer in self._client.v1.transfers.list(params).auto_paging_iter()
        ]
        return found[::-1]

    def events(self, since: dt.datetime | None = None) -> list[RailEvent]:
        """Charges that are available by their balance transactions, and what events say of refusals and accounts.

        Stripe lists events of the last 30 days only; the balance transactions have no such end, so that money is
        found after any silence.
        """
        told = [event for one in self._transactions("events", since) if (event := _available(one)) is not None]
        params: EventListParams = {"types": _EVENTS, "limit": _LIST_LIMIT}
        if since is not None:
            params["created"] = {"gte": _seconds(since)}
        listed = list(self._client.v1.events.list(params).auto_paging_iter())[::-1]
        return told + [event for one in listed if (event := read_event(one.to_dict())) is not None]

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:
        """The balance transactions that are available."""
        return [_line(transaction) for transaction in self._transactions("lines", since)]

    def open_account(self, account: NewAccount) -> str:
        """A connected account: Stripe collects who the payee is; the platform pays fees and bears losses."""
        params: AccountCreateParams = {
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "country": account.country,
            "email": account.email,
            "business_type": "company" if account.company else "individual",
            "metadata": {"payee": account.key},
        }
        try:
            return self._client.v1.accounts.create(params, {"idempotency_key": f"account_{account.key}"}).id
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def onboarding_link(self, destination: str, return_url: str) -> str:
        """Stripe's own pages for this account."""
        params: AccountLinkCreateParams = {
            "account": destination,
            "refresh_url": return_url,
            "return_url": return_url,
            "type": "account_onboarding",
        }
        try:
            return self._client.v1.account_links.create(params).url
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def read_hook(self, body: bytes, signature: str) -> RailEvent:
        """One event from a webhook; what is of no interest is kept under Stripe's own name for it."""
        event = verified(body, signature, self._hook_secret)
        return read_event(event) or RailEvent(str(event["id"]), str(event["type"]), {})

    def _transactions(self, reader: str, since: dt.datetime | None) -> list[dict[str, Any]]:
        """Available balance transactions with their sources, oldest first.

        One that was made long before `since` may have become available after it: once an hour each reader gets all
        that may have.
        """
        params: BalanceTransactionListParams = {"limit": _LIST_LIMIT, "expand": ["data.source"]}
        if since is not None:
            now = dt.datetime.now(dt.UTC)
            wide = now - self._looked_wide.get(reader, dt.datetime.min.replace(tzinfo=dt.UTC)) >= WIDE_LOOK_EVERY
            params["created"] = {"gte": _seconds(since - SETTLING if wide else since)}
            if wide:
                self._looked_wide[reader] = now
        listed = [one.to_dict() for one in self._client.v1.balance_transactions.list(params).auto_paging_iter()]
        return [one for one in listed[::-1] if one["status"] == "available"]


def read_event(event: dict[str, Any]) -> RailEvent | None:
    """What one event of Stripe means for us, from a list or a webhook; None when it is of no interest."""
    subject = event["data"]["object"]
    if event["type"] == "payment_intent.canceled" and "deposit" in subject.get("metadata", {}):
        payload = {
            "deposit": subject["metadata"]["deposit"],
            "code": subject.get("cancellation_reason") or "canceled",
            "message": "The payment was cancelled at Stripe.",
        }
        return RailEvent(event["id"], "charge.refused", payload)
    if event["type"] == "account.updated" and (subject.get("capabilities") or {}).get("transfers") == "active":
        return RailEvent(event["id"], "destination.ready", {"destination": subject["id"]})
    return None


def _unavailable(error: stripe.StripeError) -> DomainError:
    return RAIL_UNAVAILABLE.error(f"Stripe did not do this: {error.user_message or type(error).__name__}")


def _available(transaction: dict[str, Any]) -> RailEvent | None:
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


def _line(transaction: dict[str, Any]) -> RailLine:
    kind = _KINDS.get(transaction["type"], "other")
    return RailLine(
        external_id=transaction["id"],
        kind=kind,
        amount=from_stripe(transaction["net"], transaction["currency"]),
        occurred_at=dt.datetime.fromtimestamp(transaction["created"], dt.UTC),
        reference=_reference(kind, transaction),
        fee=from_stripe(transaction["fee"], transaction["currency"]) if transaction["fee"] else None,
    )


def _reference(kind: str, transaction: dict[str, Any]) -> str:
    """The id of the charge's PaymentIntent or of the transfer behind the line; else of its source or its own."""
    source = transaction["source"]
    if isinstance(source, dict):
        behind = source.get({"charge": "payment_intent", "refund": "payment_intent"}.get(kind, "transfer"))
        return str(behind or source["id"])
    return str(source or transaction["id"])


def _seconds(moment: dt.datetime) -> int:
    # The market's clock may be far ahead of Stripe's in a trial, and any two clocks differ a little.
    return int((min(moment, dt.datetime.now(dt.UTC)) - CLOCKS_APART).timestamp())


def _id_of(expandable: Any) -> str:
    return expandable if isinstance(expandable, str) else str(expandable.id)
