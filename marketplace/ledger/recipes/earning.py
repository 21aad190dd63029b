"""Journals of what workers and layers earn, until it is due."""

import uuid
from collections.abc import Iterable

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import (
    DatedShare,
    guarantee_fund,
    held,
    job_reserve,
    margin_deferred,
    margin_due,
    pay_deferred,
    pay_due,
    platform_fee,
    recourse,
)


def j3_answers_accepted(
    job_id: uuid.UUID, *, fee: Money, margins: Iterable[DatedShare], pay: Iterable[DatedShare]
) -> list[Pair]:
    """Accepted answers leave the reserve: the fee to the platform, margins and pay to their days."""
    reserve = job_reserve(job_id, fee.currency)
    return [
        Pair(reserve, platform_fee(fee.currency), fee),
        *(Pair(reserve, margin_deferred(share), share.amount) for share in margins),
        *(Pair(reserve, pay_deferred(share), share.amount) for share in pay),
    ]


def j4_pay_fell_due(share: DatedShare, held_for: str | None = None) -> list[Pair]:
    """A worker's day has come; `held_for` is the reason why the worker cannot be paid."""
    currency = share.amount.currency
    target = pay_due(share.payee_id, currency) if held_for is None else held(share.payee_id, held_for, currency)
    return [Pair(pay_deferred(share), target, share.amount)]


def j4_margin_fell_due(share: DatedShare, held_for: str | None = None) -> list[Pair]:
    """A layer's day has come; `held_for` is the reason why it cannot be paid."""
    currency = share.amount.currency
    due = margin_due(share.payee_id, share.contract_id, currency)
    target = due if held_for is None else held(share.payee_id, held_for, currency)
    return [Pair(margin_deferred(share), target, share.amount)]


def j18_layer_pays(
    worker_id: uuid.UUID,
    *,
    due: Iterable[tuple[AccountRef, Money]],
    from_fund: Money,
    debtor_id: uuid.UUID,
    held_for: str | None = None,
) -> list[Pair]:
    """A layer pays a worker at once: from its margins (2140 or 2120, with the amounts), the rest from the fund.

    What the fund gives, the layer `debtor_id` owes to it. `held_for` is the reason why the worker cannot be paid.
    """
    currency = from_fund.currency
    target = pay_due(worker_id, currency) if held_for is None else held(worker_id, held_for, currency)
    return [
        *(Pair(account, target, amount) for account, amount in due),
        Pair(guarantee_fund(currency), target, from_fund),
        Pair(recourse(debtor_id, currency), guarantee_fund(currency), from_fund),
    ]


def j18_recourse_collected(debtor_id: uuid.UUID, currency: str, due: Iterable[tuple[AccountRef, Money]]) -> list[Pair]:
    """What a layer owes to the guarantee fund is taken from its margins (2140 or 2120, with the amounts)."""
    return [Pair(account, recourse(debtor_id, currency), amount) for account, amount in due]


def j19_from_allowance(job_id: uuid.UUID, pay: Iterable[DatedShare]) -> list[Pair]:
    """A client's extra for a worker leaves the job's reserve, for the days of the worker's terms; without a fee."""
    return [Pair(job_reserve(job_id, share.amount.currency), pay_deferred(share), share.amount) for share in pay]
