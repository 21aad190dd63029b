"""The journals that exist, as pure functions: business values in, postings out (docs/ledger.md has the table)."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair


@dataclass(frozen=True, slots=True)
class DatedShare:
    """What one payee gets of one contract on one day: a worker's pay, or a layer's margin."""

    payee_id: uuid.UUID
    contract_id: uuid.UUID
    due_on: dt.date
    amount: Money


def client_deposits(organization_id: uuid.UUID, currency: str) -> AccountRef:
    """2010: money of a client that belongs to no job yet."""
    return AccountRef(Code.CLIENT_DEPOSITS, currency, owner_id=organization_id)


def job_reserve(job_id: uuid.UUID, currency: str) -> AccountRef:
    """2020: money tied to a job."""
    return AccountRef(Code.JOB_RESERVE, currency, owner_id=job_id)


def pay_deferred(share: DatedShare) -> AccountRef:
    """2110: pay of a worker, of one contract, until its day."""
    return AccountRef(Code.PAY_DEFERRED, share.amount.currency, share.payee_id, share.contract_id, share.due_on)


def margin_deferred(share: DatedShare) -> AccountRef:
    """2120: margin of a layer, of one contract, until its day."""
    return AccountRef(Code.MARGIN_DEFERRED, share.amount.currency, share.payee_id, share.contract_id, share.due_on)


def pay_due(worker_id: uuid.UUID, currency: str) -> AccountRef:
    """2130: what a worker is to be paid now."""
    return AccountRef(Code.PAY_DUE, currency, owner_id=worker_id)


def margin_due(organization_id: uuid.UUID, contract_id: uuid.UUID, currency: str) -> AccountRef:
    """2140: what a layer is to be paid now for one contract."""
    return AccountRef(Code.MARGIN_DUE, currency, owner_id=organization_id, contract_id=contract_id)


def held(payee_id: uuid.UUID, reason: str, currency: str) -> AccountRef:
    """2150: what a payee is owed but cannot be paid, and why."""
    return AccountRef(Code.HELD, currency, owner_id=payee_id, label=reason)


def in_flight(payout_id: uuid.UUID, currency: str) -> AccountRef:
    """2300: what a payout has taken along and no rail has confirmed yet."""
    return AccountRef(Code.PAYOUTS_IN_FLIGHT, currency, owner_id=payout_id)


def rail_available(rail: str, currency: str) -> AccountRef:
    """1100: our money at a rail."""
    return AccountRef(Code.RAIL_AVAILABLE, currency, label=rail)


def rail_pending(rail: str, currency: str) -> AccountRef:
    """1110: money at a rail that we may not use yet."""
    return AccountRef(Code.RAIL_PENDING, currency, label=rail)


def platform_fee(currency: str) -> AccountRef:
    """4010: the platform's income."""
    return AccountRef(Code.PLATFORM_FEE, currency)


def recourse(organization_id: uuid.UUID, currency: str) -> AccountRef:
    """1210: what a layer owes to the guarantee fund, which paid its workers in its place."""
    return AccountRef(Code.RECOURSE_RECEIVABLE, currency, owner_id=organization_id)


def guarantee_fund(currency: str) -> AccountRef:
    """2400: money set aside for workers whose layer cannot pay what it owes them."""
    return AccountRef(Code.WAGE_GUARANTEE_FUND, currency)


def j1_funds_received(organization_id: uuid.UUID, rail: str, amount: Money) -> list[Pair]:
    """A client's money came in at a rail."""
    return [Pair(rail_pending(rail, amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j1_funds_available(rail: str, amount: Money) -> list[Pair]:
    """Money at a rail may be used."""
    return [Pair(rail_available(rail, amount.currency), rail_pending(rail, amount.currency), amount)]


def j2_job_funded(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A client ties money to a job."""
    return [Pair(client_deposits(organization_id, amount.currency), job_reserve(job_id, amount.currency), amount)]


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


def j12_released(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """Free reserve returns to the client's deposit."""
    return [Pair(job_reserve(job_id, amount.currency), client_deposits(organization_id, amount.currency), amount)]


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


def j20_fund_contribution(amount: Money) -> list[Pair]:
    """The platform puts money of its own into the guarantee fund."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.GUARANTEE_CONTRIBUTION, currency), guarantee_fund(currency), amount),
        Pair(AccountRef(Code.BANK_WAGES, currency), AccountRef(Code.BANK_OPERATING, currency), amount),
    ]
