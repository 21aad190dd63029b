"""Journals of payouts: sent, confirmed, undone."""

import uuid
from collections.abc import Sequence

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import (
    advance_fee,
    in_flight,
    in_transit,
    rail_available,
    tax_withheld,
)
from marketplace.ledger.recipes.funding import made_good

Taxes = Sequence[tuple[str, Money]]
"""What is withheld, by authority."""


def j5_submitted(payout_id: uuid.UUID, source: AccountRef, amount: Money, taxes: Taxes = ()) -> list[Pair]:
    """A payout takes whole minor units along from `source` (2130 or 2140), before the rail is called.

    With them goes what is withheld for tax authorities, to 2200 of each.

    Raises ValueError for an amount that is not whole in minor units: what is left stays owed where it is.
    """
    amount.minor_units()
    return [Pair(source, in_flight(payout_id, amount.currency), amount), *withheld(source, taxes)]


def j6_confirmed(payout_id: uuid.UUID, source: AccountRef, amount: Money) -> list[Pair]:
    """The payee was paid, from `source`: what we have at the rail, or a line on 2900 that turned out to show it."""
    return [Pair(in_flight(payout_id, amount.currency), source, amount)]


def j6_advance_fee(source: AccountRef, fee: Money) -> list[Pair]:
    """With the payout arrives the fee that the worker (`source`, 2130) accepted for taking pay early; it may be 0."""
    return [Pair(source, advance_fee(fee.currency), fee)]


def j6_rail_fee(rail: str, amount: Money) -> list[Pair]:
    """A rail took a fee of its own from what we have there; the platform moves as much to the wages."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.PAYOUT_FEES, currency), rail_available(rail, currency), amount),
        made_good(amount),
    ]


def j6a_funds_brought(rail: str, amount: Money) -> list[Pair]:
    """Our own money has come from the bank to a rail."""
    return [Pair(rail_available(rail, amount.currency), in_transit(amount.currency), amount)]


def j7_refused(payout_id: uuid.UUID, target: AccountRef, amount: Money, taxes: Taxes = ()) -> list[Pair]:
    """The rail will certainly not pay: the attempt is undone, back to where it came from, with what was withheld."""
    return [Pair(in_flight(payout_id, amount.currency), target, amount), *given_back(target, taxes)]


def j8_returned(
    rail: str, source: AccountRef, aside: AccountRef, amount: Money, owed: Money, taxes: Taxes = ()
) -> list[Pair]:
    """A rail gave back what a payout had paid: held for the payee (`aside`, 2150), as much as its installments are.

    `amount` is what came back, `owed` what the installments are owed again; the difference is what the payout carried,
    and stays on `source` (2130 or 2140), or comes from it; there what was withheld goes back to first.
    """
    currency = amount.currency
    back = AccountRef(Code.RETURNED, currency)
    held_again = min(amount, owed, key=lambda money: money.amount)
    return [
        *given_back(source, taxes),
        Pair(rail_available(rail, currency), back, amount),
        Pair(back, aside, held_again),
        Pair(back, source, amount - held_again),
        Pair(source, aside, owed - held_again),
    ]


def withheld(source: AccountRef, taxes: Taxes) -> list[Pair]:
    """What is kept back of a payee's (`source`) goes to 2200 of each authority."""
    return [Pair(source, tax_withheld(authority, tax.currency), tax) for authority, tax in taxes]


def given_back(target: AccountRef, taxes: Taxes) -> list[Pair]:
    """What was kept back is the payee's again (`target`)."""
    return [Pair(tax_withheld(authority, tax.currency), target, tax) for authority, tax in taxes]


def j21_tax_remitted(authority: str, source: AccountRef, amount: Money) -> list[Pair]:
    """What was withheld is paid to its authority, from `source` (1020, 1010 or 1100, or a line on 2900)."""
    return [Pair(tax_withheld(authority, amount.currency), source, amount)]


def j21_sales_tax_remitted(source: AccountRef, amount: Money) -> list[Pair]:
    """Sales tax that was put aside is paid to its authority, from `source` as above: it is the platform's own debt.

    Where it left the wages or a rail, the platform makes good what is the clients' and payees' there.
    """
    paid = Pair(AccountRef(Code.SALES_TAX, amount.currency), source, amount)
    return [paid] if source.code == Code.BANK_OPERATING else [paid, made_good(amount)]


def j8_fee_given_back(aside: AccountRef, fee: Money) -> list[Pair]:
    """With a payout that came back its fee for paying early is the payee's again (`aside`, 2150); it may be 0."""
    return [Pair(advance_fee(fee.currency), aside, fee)]
