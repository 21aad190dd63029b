"""Journals of payouts: sent, confirmed, undone."""

import uuid

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import in_flight, rail_available


def j5_submitted(payout_id: uuid.UUID, source: AccountRef, amount: Money) -> list[Pair]:
    """A payout takes whole minor units along from `source` (2130 or 2140), before the rail is called.

    Raises ValueError for an amount that is not whole in minor units: what is left stays owed where it is.
    """
    amount.minor_units()
    return [Pair(source, in_flight(payout_id, amount.currency), amount)]


def j6_confirmed(payout_id: uuid.UUID, rail: str, amount: Money) -> list[Pair]:
    """The rail has paid the payee."""
    return [Pair(in_flight(payout_id, amount.currency), rail_available(rail, amount.currency), amount)]


def j7_refused(payout_id: uuid.UUID, target: AccountRef, amount: Money) -> list[Pair]:
    """The rail will certainly not pay: the attempt is undone, back to where it came from or to 2150 with a reason."""
    return [Pair(in_flight(payout_id, amount.currency), target, amount)]
