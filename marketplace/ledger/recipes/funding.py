"""Journals of money that comes in, is tied to jobs and goes back, and of the platform's own."""

import uuid

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import (
    bank_operating,
    bank_wages,
    client_deposits,
    guarantee_fund,
    in_transit,
    job_reserve,
    rail_available,
    rail_pending,
    refund_payable,
    suspense,
)


def made_good(amount: Money) -> Pair:
    """The platform moves money of its own to the wages, so that what clients and payees own stays whole."""
    return Pair(bank_wages(amount.currency), bank_operating(amount.currency), amount)


def j0_capital(amount: Money) -> list[Pair]:
    """The owners put money into the platform's bank account."""
    return [Pair(bank_operating(amount.currency), AccountRef(Code.CAPITAL, amount.currency), amount)]


def j1_funds_received(organization_id: uuid.UUID, rail: str, amount: Money, fee: Money | None = None) -> list[Pair]:
    """A client's money came in at a rail, gross; what the rail kept of it is the platform's cost."""
    currency = amount.currency
    fee = fee or Money.zero(currency)
    return [
        Pair(rail_pending(rail, currency), client_deposits(organization_id, currency), amount),
        Pair(AccountRef(Code.PROCESSING_FEES, currency), rail_pending(rail, currency), fee),
        made_good(fee),
    ]


def j1_funds_available(rail: str, amount: Money) -> list[Pair]:
    """Money at a rail may be used."""
    return [Pair(rail_available(rail, amount.currency), rail_pending(rail, amount.currency), amount)]


def j1_funds_at_bank(organization_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A statement shows a client's money on the wage account: it is there, and nothing of it is pending."""
    return [Pair(bank_wages(amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j1_funds_swept(rail: str, amount: Money) -> list[Pair]:
    """Our money has left a rail for the bank; the bank's line brings it to the wage account."""
    return [Pair(in_transit(amount.currency), rail_available(rail, amount.currency), amount)]


def j2_job_funded(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A client ties money to a job."""
    return [Pair(client_deposits(organization_id, amount.currency), job_reserve(job_id, amount.currency), amount)]


def j12_released(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """Free reserve returns to the client's deposit."""
    return [Pair(job_reserve(job_id, amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j12_refund_ordered(organization_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A client takes unspent money back: from now on nothing else can spend it."""
    currency = amount.currency
    return [Pair(client_deposits(organization_id, currency), refund_payable(organization_id, currency), amount)]


def j12_refund_refused(organization_id: uuid.UUID, amount: Money) -> list[Pair]:
    """The rail will not give it back: it is the client's deposit again."""
    currency = amount.currency
    return [Pair(refund_payable(organization_id, currency), client_deposits(organization_id, currency), amount)]


def j12_refunded(organization_id: uuid.UUID, source: AccountRef, amount: Money) -> list[Pair]:
    """It went back, from `source`: what we have at the rail, or a line on 2900 that turned out to show it."""
    return [Pair(refund_payable(organization_id, amount.currency), source, amount)]


def j15_not_explained(rail: str, line: str, amount: Money) -> list[Pair]:
    """A line of a rail that nothing explains: what came in is owed to somebody, what went out is missing."""
    place, unknown = rail_available(rail, amount.currency), suspense(line, amount.currency)
    return [Pair(place, unknown, amount) if amount.amount > 0 else Pair(unknown, place, -amount)]


def j15_explained_as_fee(line: str, amount: Money) -> list[Pair]:
    """What a line took was a fee: the platform's cost, and as much of its own money moves to the wages."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.PROCESSING_FEES, currency), suspense(line, currency), amount),
        made_good(amount),
    ]


def j15_explained_as_deposit(line: str, organization_id: uuid.UUID, amount: Money) -> list[Pair]:
    """What a line brought was a client's money."""
    return [Pair(suspense(line, amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j15_explained_as_transit(line: str, amount: Money) -> list[Pair]:
    """What a line brought or took was our own money between a rail and the bank."""
    unknown, way = suspense(line, amount.currency), in_transit(amount.currency)
    return [Pair(unknown, way, amount) if amount.amount > 0 else Pair(way, unknown, -amount)]


def j17_fees_taken(amount: Money) -> list[Pair]:
    """The platform takes fees that it has earned out of the wage account."""
    return [Pair(bank_operating(amount.currency), bank_wages(amount.currency), amount)]


def j23_sales_tax(amount: Money, *, given_back: bool = False) -> list[Pair]:
    """What of the platform's fees is sales tax is put aside for its authority; or taken back with the fees."""
    fee, tax = AccountRef(Code.PLATFORM_FEE, amount.currency), AccountRef(Code.SALES_TAX, amount.currency)
    return [Pair(tax, fee, amount) if given_back else Pair(fee, tax, amount)]


def j20_fund_contribution(amount: Money) -> list[Pair]:
    """The platform puts money of its own into the guarantee fund."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.GUARANTEE_CONTRIBUTION, currency), guarantee_fund(currency), amount),
        made_good(amount),
    ]
