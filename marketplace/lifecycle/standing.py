"""What passes over with a contract: how it stands for who is asked to sell under it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import RateView, rates_of
from marketplace.contracts.states import HOLDING
from marketplace.jobs.models import Job
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer, Batch, Claim, Task


@dataclass(frozen=True, slots=True)
class SoldOn:
    """What a contract sells below itself: items of a rate at a price, to layers or to workers."""

    to: str
    rate_code: str
    price: Money
    items: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract as who is asked to sell under it takes it over.

    Its rate card, what it promised below, and how many claims of its tasks are worked on, how many wait for its
    seller's verdict, and how many answers are contested. `digest` is of what binds: it stays while work goes on.
    """

    contract: Contract
    rates: list[RateView]
    sold_on: list[SoldOn]
    digest: str
    claims_under_way: int
    claims_to_review: int
    disputes_open: int


def standing(session: Session, contract_id: UUID) -> Standing:
    """How the contract stands now."""
    contract = session.get_one(Contract, contract_id)
    rates = rates_of(session, [contract_id])[contract_id]
    layers = _layers(session, contract_id)
    shown, opened = _workers(session, contract_id)
    return Standing(
        contract,
        rates,
        [*layers, *shown],
        _digest(contract, rates, [*layers, *opened]),
        claims_under_way=_of_claims(session, Batch.contract_id == contract_id, Claim.state == "claimed"),
        claims_to_review=_to_review(session, contract),
        disputes_open=_disputes(session, contract_id),
    )


def digest_of(session: Session, contract_id: UUID) -> str:
    """`Standing.digest` alone."""
    _, opened = _workers(session, contract_id)
    rates = rates_of(session, [contract_id])[contract_id]
    return _digest(session.get_one(Contract, contract_id), rates, [*_layers(session, contract_id), *opened])


def passes_over(session: Session, handover: Handover) -> Standing | None:
    """What a handover offers while it waits: who was asked learns nothing of what becomes of it later."""
    return standing(session, handover.contract_id) if handover.state == "offered" else None


def _layers(session: Session, contract_id: UUID) -> list[SoldOn]:
    below = select(Contract.id).where(Contract.parent_id == contract_id, Contract.state.in_(HOLDING))
    items: Counter[tuple[str, Money]] = Counter()
    for card in rates_of(session, session.scalars(below).all()).values():
        for rate in card:
            items[rate.code, rate.price] += rate.items
    return [SoldOn("layer", *key, items[key]) for key in sorted(items, key=lambda key: (key[0], key[1].amount))]


def _workers(session: Session, contract_id: UUID) -> tuple[list[SoldOn], list[SoldOn]]:
    """What is with workers still, and what was ever put into tasks."""
    # Of tasks taken back, those that somebody works on, or whose answers wait for a verdict.
    left = select(func.coalesce(func.sum(Task.item_count), 0)).where(Task.batch_id == Batch.id, Task.state == "open")
    with_workers = case(
        (Batch.state == "open", Batch.item_count), (Batch.state == "withdrawn", left.scalar_subquery()), else_=0
    )
    priced = (Batch.rate_code, Batch.pay_amount, Batch.currency)
    sums = select(*priced, func.sum(with_workers), func.sum(Batch.item_count)).where(Batch.contract_id == contract_id)
    shown, opened = [], []
    for code, amount, currency, now, ever in session.execute(sums.group_by(*priced).order_by(*priced)):
        pay = Money(amount, currency)
        opened.append(SoldOn("workers", code, pay, int(ever)))
        if now:
            shown.append(SoldOn("workers", code, pay, int(now)))
    return shown, opened


def _digest(contract: Contract, rates: Sequence[RateView], sold: Sequence[SoldOn]) -> str:
    """SHA-256, hex, of prices, terms and items; a task that ends changes nothing, one that is opened does."""
    bound = {
        "contract": public("contract", contract.id),
        "settlement_terms": contract.settlement_terms,
        "rates": [[rate.code, rate.price.to_wire(), rate.items, rate.free_items] for rate in rates],
        "sold": [[one.to, one.rate_code, one.price.to_wire(), one.items] for one in sold],
    }
    return hashlib.sha256(canonical_bytes(bound)).hexdigest()


def _of_claims(session: Session, *which: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(Claim).join(Batch, Batch.id == Claim.batch_id)
    return session.execute(counted.where(*which)).scalar_one()


def _to_review(session: Session, contract: Contract) -> int:
    """How many claims wait for a verdict of the contract's seller."""
    reviewed_by = session.get_one(Job, contract.job_id).acceptance_by
    if reviewed_by not in {"layer", "parent"}:
        return 0
    openers = select(Contract.id).where((Contract.id if reviewed_by == "layer" else Contract.parent_id) == contract.id)
    # Of the one job, which an index finds them by.
    submitted = (Claim.job_id == contract.job_id, Claim.state == "submitted")
    return _of_claims(session, *submitted, Batch.contract_id.in_(openers))


def _disputes(session: Session, contract_id: UUID) -> int:
    contested = (
        select(func.count())
        .select_from(Dispute)
        .join(Answer, Answer.id == Dispute.answer_id)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(Batch.contract_id == contract_id, Dispute.state.in_(["open", "answered"]))
    )
    return session.execute(contested).scalar_one()
