"""Journals that correct what was accepted: margin given back for bad quality, and acceptances that were a mistake."""

import uuid
from collections.abc import Iterable

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import job_reserve, recourse


def j10b_upheld(job_id: uuid.UUID, margins: Iterable[tuple[AccountRef, Money]]) -> list[Pair]:
    """A quality claim is upheld: margins of the layer that vouched (2120, 2140 or held for its default, with the
    amounts) go back to the job's reserve.
    """
    return [Pair(account, job_reserve(job_id, amount.currency), amount) for account, amount in margins]


def j10b_recourse_collected(
    debtor_id: uuid.UUID, job_id: uuid.UUID, currency: str, margins: Iterable[tuple[AccountRef, Money]]
) -> list[Pair]:
    """What a layer still owed for an upheld quality claim is taken from its margins, and goes to the job's reserve.

    Through 1210 of the layer, in one journal: the client's reserve never holds what nobody has paid yet.
    """
    owed = recourse(debtor_id, currency)
    given = list(margins)
    total = sum((amount for _, amount in given), Money.zero(currency))
    return [
        *(Pair(account, owed, amount) for account, amount in given),
        Pair(owed, job_reserve(job_id, currency), total),
    ]
