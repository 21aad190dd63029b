"""The accounts that journals name, by the words of the business."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code

BANK: Final = "bank"
"""The name of the rail that is our own bank: what it holds for us is the wage account."""


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


def due_to(payee_kind: str, payee_id: uuid.UUID, contract_id: uuid.UUID | None, currency: str) -> AccountRef:
    """2130 of a worker, or 2140 of a layer's contract; without a contract it is a worker's."""
    if payee_kind == "worker" or contract_id is None:
        return pay_due(payee_id, currency)
    return margin_due(payee_id, contract_id, currency)


def held(payee_id: uuid.UUID, reason: str, currency: str) -> AccountRef:
    """2150: what a payee is owed but cannot be paid, and why."""
    return AccountRef(Code.HELD, currency, owner_id=payee_id, label=reason)


def in_flight(payout_id: uuid.UUID, currency: str) -> AccountRef:
    """2300: what a payout has taken along and no rail has confirmed yet."""
    return AccountRef(Code.PAYOUTS_IN_FLIGHT, currency, owner_id=payout_id)


def tax_withheld(authority: str, currency: str) -> AccountRef:
    """2200: what was kept back from payees for a tax authority."""
    return AccountRef(Code.TAX_WITHHELD, currency, label=authority)


def rail_available(rail: str, currency: str) -> AccountRef:
    """1100: our money at a rail. Where the rail is our bank that is the wage account itself, 1020."""
    return bank_wages(currency) if rail == BANK else AccountRef(Code.RAIL_AVAILABLE, currency, label=rail)


def rail_pending(rail: str, currency: str) -> AccountRef:
    """1110: money at a rail that we may not use yet."""
    return AccountRef(Code.RAIL_PENDING, currency, label=rail)


def bank_operating(currency: str) -> AccountRef:
    """1010: the platform's own money at its bank."""
    return AccountRef(Code.BANK_OPERATING, currency)


def bank_wages(currency: str) -> AccountRef:
    """1020: clients' and payees' money at the bank, apart from the platform's own."""
    return AccountRef(Code.BANK_WAGES, currency)


def refund_payable(organization_id: uuid.UUID, currency: str) -> AccountRef:
    """2030: what a client gets back and has not got yet."""
    return AccountRef(Code.REFUND_PAYABLE, currency, owner_id=organization_id)


def in_transit(currency: str) -> AccountRef:
    """1120: our own money on its way between a rail and the bank."""
    return AccountRef(Code.TRANSFERS_IN_TRANSIT, currency)


def suspense(line: str, currency: str) -> AccountRef:
    """2900: what a line of a rail or bank moved and nobody has explained yet."""
    return AccountRef(Code.SUSPENSE, currency, label=line)


def currency_position(currency: str) -> AccountRef:
    """3900: what was given of one currency for another (credit), or got (debit), until it is settled."""
    return AccountRef(Code.CURRENCY_POSITION, currency)


def platform_fee(currency: str) -> AccountRef:
    """4010: the platform's income."""
    return AccountRef(Code.PLATFORM_FEE, currency)


def advance_fee(currency: str) -> AccountRef:
    """4020: what workers accepted to pay for taking installments early."""
    return AccountRef(Code.ADVANCE_FEE, currency)


def recourse(organization_id: uuid.UUID, currency: str) -> AccountRef:
    """1210: what a layer owes to the guarantee fund, which paid its workers in its place."""
    return AccountRef(Code.RECOURSE_RECEIVABLE, currency, owner_id=organization_id)


def client_receivable(organization_id: uuid.UUID, dispute: str, currency: str) -> AccountRef:
    """1230: what a client owes whose payment was charged back."""
    return AccountRef(Code.CLIENT_RECEIVABLE, currency, owner_id=organization_id, label=dispute)


def dispute_freeze(dispute: str, currency: str) -> AccountRef:
    """2160: unspent money of a client, kept for what was charged back."""
    return AccountRef(Code.DISPUTE_FREEZE, currency, label=dispute)


def guarantee_fund(currency: str) -> AccountRef:
    """2400: money set aside for workers whose layer cannot pay what it owes them."""
    return AccountRef(Code.WAGE_GUARANTEE_FUND, currency)
