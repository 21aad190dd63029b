"""Journals of money that comes in, is tied to jobs and goes back, and of the platform's own."""

import uuid

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair
from marketplace.ledger.recipes.accounts import (
    client_deposits,
    guarantee_fund,
    job_reserve,
    rail_available,
    rail_pending,
)


def j1_funds_received(organization_id: uuid.UUID, rail: str, amount: Money) -> list[Pair]:
    """A client's money came in at a rail."""
    return [Pair(rail_pending(rail, amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j1_funds_available(rail: str, amount: Money) -> list[Pair]:
    """Money at a rail may be used."""
    return [Pair(rail_available(rail, amount.currency), rail_pending(rail, amount.currency), amount)]


def j2_job_funded(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """A client ties money to a job."""
    return [Pair(client_deposits(organization_id, amount.currency), job_reserve(job_id, amount.currency), amount)]


def j12_released(organization_id: uuid.UUID, job_id: uuid.UUID, amount: Money) -> list[Pair]:
    """Free reserve returns to the client's deposit."""
    return [Pair(job_reserve(job_id, amount.currency), client_deposits(organization_id, amount.currency), amount)]


def j20_fund_contribution(amount: Money) -> list[Pair]:
    """The platform puts money of its own into the guarantee fund."""
    currency = amount.currency
    return [
        Pair(AccountRef(Code.GUARANTEE_CONTRIBUTION, currency), guarantee_fund(currency), amount),
        Pair(AccountRef(Code.BANK_WAGES, currency), AccountRef(Code.BANK_OPERATING, currency), amount),
    ]
