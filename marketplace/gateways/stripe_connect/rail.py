"""Stripe Connect as a rail: separate charges and transfers.

Money comes in by PaymentIntents and goes out by Transfers to connected accounts. What counts is the balance
transaction: a charge is told as available, and its line shown, when Stripe lets us use the money.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import stripe

from marketplace.gateways.stripe_connect.amounts import from_stripe, steps_of, to_stripe
from marketplace.gateways.stripe_connect.connecting import Pace, make_client, shared_pace
from marketplace.gateways.stripe_connect.hooks import verified
from marketplace.gateways.stripe_connect.onward import read_standing
from marketplace.gateways.stripe_connect.outcomes import outcome_of
from marketplace.gateways.stripe_connect.reading import read_charge, read_event, read_line
from marketplace.gateways.stripe_connect.transactions import BalanceTransactions, seconds
from marketplace.kernel.errors import DomainError
from marketplace.rails.errors import RAIL_UNAVAILABLE
from marketplace.rails.onward import Standing
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
    RefundInstruction,
    RefundOutcome,
    Refused,
    Transactions,
)

if TYPE_CHECKING:
    from stripe.params import (
        AccountCreateParams,
        AccountLinkCreateParams,
        EventListParams,
        PaymentIntentCreateParams,
        RefundCreateParams,
        RefundListParams,
        TransferCreateParams,
        TransferListParams,
    )

NAME: Final = "stripe"

_EVENTS: Final = ["payment_intent.canceled", "account.updated", "charge.dispute.closed"]
_LIST_LIMIT: Final = 100


class StripeRail:
    """The rail over one Stripe platform account."""

    name = NAME

    def __init__(
        self, secret_key: str, api_base: str, hook_secret: str | None = None, transactions: Transactions | None = None
    ) -> None:
        """`secret_key` of the platform; a test key moves no real money. `api_base` is https://api.stripe.com.

        `hook_secret` signs the webhooks; without it none is taken, and Stripe is asked for all it has to tell. Stripe
        signs what happens at connected accounts with another: both, with a comma between. With `transactions` the
        processes of a market share one pace.
        """
        self._client = make_client(secret_key, api_base)
        self._pace = Pace(share=None if transactions is None else shared_pace(transactions, self.name))
        self.real_money = "_test_" not in secret_key
        self._hook_secrets = [one.strip() for one in (hook_secret or "").split(",") if one.strip()]
        self._transactions = BalanceTransactions(self._client)

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
        """Transfer to the payee's connected account, from our balance in the currency of the transfer.

        A first call asks whether the account may receive transfers: it may have lost that since the run was approved.
        """
        if instruction.amount.minor_units() % steps_of(instruction.amount.currency):
            return Refused("amount_step", f"Stripe moves no such part of {instruction.amount.currency}.")
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

    def step(self, currency: str) -> int:
        """As Stripe's own decimals have it."""
        return steps_of(currency)

    def refund(self, instruction: RefundInstruction) -> RefundOutcome:
        """Refund a PaymentIntent, whole or in part."""
        params: RefundCreateParams = {
            "payment_intent": instruction.charge,
            "amount": to_stripe(instruction.amount),
            "metadata": {"refund": instruction.key},
        }
        try:
            return Accepted(self._client.v1.refunds.create(params, {"idempotency_key": instruction.key}).id)
        except stripe.StripeError as error:
            return outcome_of(error)

    def find_refund(self, instruction: RefundInstruction) -> str | None:
        """By our id, which each refund carries."""
        params: RefundListParams = {"payment_intent": instruction.charge, "limit": _LIST_LIMIT}
        for refund in self._client.v1.refunds.list(params).auto_paging_iter():
            if refund.metadata is not None and refund.metadata.to_dict().get("refund") in instruction.keys:
                return refund.id
        return None

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
        """Charges that are available by their balance transactions; of refusals, accounts and lost disputes, events.

        Stripe lists events of the last 30 days only; the balance transactions have no such end, so that money is
        found after any silence.
        """
        told = [event for one in self._transactions.available(since) if (event := read_charge(one)) is not None]
        params: EventListParams = {"types": _EVENTS, "limit": _LIST_LIMIT}
        if since is not None:
            params["created"] = {"gte": seconds(since)}
        listed = list(self._client.v1.events.list(params).auto_paging_iter())[::-1]
        return told + [event for one in listed if (event := read_event(one.to_dict())) is not None]

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:
        """The balance transactions that are available."""
        return [read_line(transaction) for transaction in self._transactions.available(since)]

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

    def standing(self, destination: str) -> Standing:
        """Whether Stripe pays from this account on to its holder's bank, and what that did not take."""
        self._pace.wait()
        try:
            return read_standing(self._client, destination)
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def read_hook(self, body: bytes, signature: str) -> RailEvent:
        """One event from a webhook; what is of no interest is kept under Stripe's own name for it."""
        event = verified(body, signature, self._hook_secrets)
        return read_event(event) or RailEvent(str(event["id"]), str(event["type"]), {})


def _unavailable(error: stripe.StripeError) -> DomainError:
    return RAIL_UNAVAILABLE.error(f"Stripe did not do this: {error.user_message or type(error).__name__}")


def _id_of(expandable: Any) -> str:
    return expandable if isinstance(expandable, str) else str(expandable.id)
