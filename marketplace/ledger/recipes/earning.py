"""Journals of what workers and layers earn, until it is due."""

import uuid
from collections.abc import Iterable

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
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
from marketplace.ledger.recipes.funding import made_good


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


def j4_margin_kept(share: DatedShare, home: AccountRef) -> list[Pair]:
    """The day of a margin whose layer is no longer one: of the client (2010), or the platform as caretaker (2400)."""
    return [Pair(margin_deferred(share), home, share.amount)]


def j9_advanced(share: DatedShare) -> list[Pair]:
    """A worker takes pay before its day: all of it is due now; a fee is taken by the payout alone (J6)."""
    return [Pair(pay_deferred(share), pay_due(share.payee_id, share.amount.currency), share.amount)]


def j11_margins_held(
    organization_id: uuid.UUID, reason: str, margins: Iterable[tuple[AccountRef, Money]]
) -> list[Pair]:
    """A layer is in default: its margins of that contract (2120 or 2140, with the amounts) are held."""
    return [Pair(account, held(organization_id, reason, amount.currency), amount) for account, amount in margins]


def j16_dormant(source: AccountRef, amount: Money) -> list[Pair]:
    """What was held for years (`source`, 2150) is set apart; it stays the payee's."""
    return [Pair(source, AccountRef(Code.UNCLAIMED, amount.currency), amount)]


def j16_claimed(target: AccountRef, amount: Money) -> list[Pair]:
    """The payee has come: what was set apart is due (`target`, 2130 or 2140)."""
    return [Pair(AccountRef(Code.UNCLAIMED, amount.currency), target, amount)]


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


def j18_recourse_written_off(debtor_id: uuid.UUID, amount: Money) -> list[Pair]:
    """What a layer will never pay back to the guarantee fund is the platform's cost, which makes the fund whole."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.RECOURSE_WRITTEN_OFF, currency), recourse(debtor_id, currency), amount),
        made_good(amount),
    ]


def j19_from_allowance(job_id: uuid.UUID, pay: Iterable[DatedShare]) -> list[Pair]:
    """A client's extra for a worker leaves the job's reserve, for the days of the worker's terms; without a fee."""
    return [Pair(job_reserve(job_id, share.amount.currency), pay_deferred(share), share.amount) for share in pay]
