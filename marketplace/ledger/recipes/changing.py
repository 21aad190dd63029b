"""Journals of payouts in another currency than the one owed: changed, undone, confirmed, come back.

Two currencies meet only on 3900, each with its own postings: what is given in the currency owed, what is got in the
one that is paid. `given` and `got` are worth the same at the rate that was quoted.
"""

import uuid

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import currency_position, in_flight, rail_available
from marketplace.ledger.recipes.funding import made_good
from marketplace.ledger.recipes.paying import Taxes, given_back, withheld


def j13_submitted(payout_id: uuid.UUID, source: AccountRef, given: Money, got: Money, taxes: Taxes = ()) -> list[Pair]:
    """A payout takes `given` along from `source` (2130 or 2140) and is sent as `got`, before the rail is called.

    With it goes what is withheld, which nobody changes.

    Raises ValueError for what is got in other than whole minor units.
    """
    got.minor_units()
    return [
        Pair(source, currency_position(given.currency), given),
        Pair(currency_position(got.currency), in_flight(payout_id, got.currency), got),
        *withheld(source, taxes),
    ]


def j7_change_undone(
    payout_id: uuid.UUID, source: AccountRef, given: Money, got: Money, taxes: Taxes = ()
) -> list[Pair]:
    """The rail will certainly not pay: both currencies are where they were, and what was withheld."""
    return [
        Pair(in_flight(payout_id, got.currency), currency_position(got.currency), got),
        Pair(currency_position(given.currency), source, given),
        *given_back(source, taxes),
    ]


def j6_changed_by_rail(payout_id: uuid.UUID, rail: str, given: Money, got: Money, cost: Money) -> list[Pair]:
    """The rail paid `got` and took `cost` of the currency owed for it: the difference to `given` is gain or loss."""
    return [
        Pair(in_flight(payout_id, got.currency), currency_position(got.currency), got),
        Pair(currency_position(cost.currency), rail_available(rail, cost.currency), cost),
        *_gain_or_loss(given - cost),
    ]


def j8_change_returned(
    rail: str, source: AccountRef, aside: AccountRef, *, given: Money, back: Money, owed: Money, taxes: Taxes = ()
) -> list[Pair]:
    """A rail gave back what a changed payout had paid: the payee is owed again what they were, in that currency.

    `back` is what came, in either currency; `owed`, `source`, `aside` and `taxes` are as
    with a payout that was not changed.
    """
    returned = AccountRef(Code.RETURNED, back.currency)
    position = currency_position(given.currency)
    held_again = min(given, owed, key=lambda money: money.amount)
    return [
        *given_back(source, taxes),
        Pair(rail_available(rail, back.currency), returned, back),
        Pair(returned, currency_position(back.currency), back),
        Pair(position, aside, held_again),
        Pair(position, source, given - held_again),
        Pair(source, aside, owed - held_again),
        *(_gain_or_loss(back - given) if back.currency == given.currency else ()),
    ]


def j22_sold(account: AccountRef, amount: Money) -> list[Pair]:
    """At a bank one currency was given for another: it left `account` (1020, 1100, or a line on 2900)."""
    return [Pair(currency_position(amount.currency), account, amount)]


def j22_bought(account: AccountRef, amount: Money) -> list[Pair]:
    """And the other came to `account`."""
    return [Pair(account, currency_position(amount.currency), amount)]


def j22_result(difference: Money) -> list[Pair]:
    """What that was more (a gain), or less, than what the position was quoted at, in the currency owed."""
    return _gain_or_loss(difference)


def _gain_or_loss(difference: Money) -> list[Pair]:
    """What a currency position has over (a gain), or lacks: the platform bears that, and puts as much to the wages."""
    position = currency_position(difference.currency)
    if difference.amount >= 0:
        return [Pair(position, AccountRef(Code.CURRENCY_GAIN, difference.currency), difference)]
    return [Pair(AccountRef(Code.CURRENCY_LOSS, difference.currency), position, -difference), made_good(-difference)]
