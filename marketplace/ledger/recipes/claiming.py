"""Journals of money that was paid in and is claimed back."""

import uuid
from collections.abc import Iterable

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import (
    bank_operating,
    bank_wages,
    client_deposits,
    client_receivable,
    dispute_freeze,
    rail_available,
    suspense,
)
from marketplace.ledger.recipes.funding import made_good


def j14_charged_back(organization_id: uuid.UUID, dispute: str, rail: str, amount: Money, fee: Money) -> list[Pair]:
    """A rail took a client's payment back: the client owes it; what the rail charges for that the platform bears."""
    currency = amount.currency
    place = rail_available(rail, currency)
    return [
        Pair(client_receivable(organization_id, dispute, currency), place, amount),
        Pair(AccountRef(Code.CHARGEBACK_LOSS, currency), place, fee),
        made_good(fee),
    ]


def j14_frozen(dispute: str, free: Iterable[tuple[AccountRef, Money]]) -> list[Pair]:
    """Free money of the client (2010, 2020) is kept for what was charged back."""
    return [Pair(source, dispute_freeze(dispute, amount.currency), amount) for source, amount in free]


def j14_thawed(organization_id: uuid.UUID, dispute: str, amount: Money) -> list[Pair]:
    """What was frozen is not needed: the client's deposit again."""
    currency = amount.currency
    return [Pair(dispute_freeze(dispute, currency), client_deposits(organization_id, currency), amount)]


def j14_topped_up(amount: Money) -> list[Pair]:
    """The platform puts its own money where a client's is missing."""
    return [made_good(amount)]


def j14_taken_back(amount: Money) -> list[Pair]:
    """The platform takes back what it had put in."""
    return [Pair(bank_operating(amount.currency), bank_wages(amount.currency), amount)]


def j14_returned(
    organization_id: uuid.UUID,
    dispute: str,
    rail: str,
    *,
    receivable: Money,
    collected: Money,
    written_off: Money,
    fee: Money,
) -> list[Pair]:
    """The rail brings the payment back: off what the client owes; what the client had paid for it is its deposit
    again; what the platform had lost, the fee too where the rail returns it, is lost no more.
    """
    currency = receivable.currency
    place = rail_available(rail, currency)
    return [
        Pair(place, client_receivable(organization_id, dispute, currency), receivable),
        Pair(place, client_deposits(organization_id, currency), collected),
        Pair(place, AccountRef(Code.CHARGEBACK_LOSS, currency), written_off + fee),
    ]


def j14_collected(organization_id: uuid.UUID, dispute: str, amount: Money) -> list[Pair]:
    """The dispute is lost: what was frozen pays what the client owes."""
    currency = amount.currency
    return [Pair(dispute_freeze(dispute, currency), client_receivable(organization_id, dispute, currency), amount)]


def j14_written_off(organization_id: uuid.UUID, dispute: str, amount: Money) -> list[Pair]:
    """Nobody will pay the rest: it is the platform's loss."""
    currency = amount.currency
    owed = client_receivable(organization_id, dispute, currency)
    return [Pair(AccountRef(Code.CHARGEBACK_LOSS, currency), owed, amount)]


def j14_refunded_by_hand(line: str, organization_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A line on 2900 was a refund that somebody made at the rail by hand: the client has it no more."""
    return [Pair(client_deposits(organization_id, amount.currency), suspense(line, amount.currency), amount)]
