"""Who set each price of a chain, when, and under which version: publication, offer, amendment, opening of tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.chain import Chain, ChainLine
from marketplace.contracts.models import Amendment, AmendmentRate, Contract
from marketplace.contracts.sellers import Sellers
from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.money import Money
from marketplace.provenance.policy import Reader, ReaderKind, knows_pay, sees_everything, sees_line
from marketplace.work.models import Answer, Batch, Claim

PRICES: Final = ("client_price", "fee", "buying", "pay")
UNDER: Final = ("publication", "offer", "amendment", "tasks")


@dataclass(frozen=True, slots=True)
class PriceOrigin:
    """Where one price of a chain comes from.

    `price` is one of PRICES; what a layer sells at is the `buying` price of the next one, or the pay. `under` is one of
    UNDER: the client published the job, the buyer's offer was accepted, an amendment was accepted, or tasks were
    opened. `set_by` proposed it and is None for the platform (the fee) and for an organization that the job's policy
    does not show; `agreed_by` accepted it. `version` counts the prices of the contract, the offer being 1.
    """

    price: str
    amount: Money
    under: str
    set_at: dt.datetime
    set_by: UUID | None = None
    agreed_at: dt.datetime | None = None
    agreed_by: UUID | None = None
    layer: int | None = None
    contract_id: UUID | None = None
    amendment_id: UUID | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer with its job and price chain, and in which place its reader stands."""

    answer: Answer
    job: Job
    chain: Chain
    reader: Reader


@dataclass(frozen=True, slots=True)
class _Version:
    number: int
    amount: int
    under: str
    set_at: dt.datetime
    agreed_at: dt.datetime | None
    by_buyer: bool
    amendment_id: UUID | None


def price_origins(session: Session, read: Sequence[Reading]) -> dict[UUID, tuple[PriceOrigin, ...]]:
    """By answer the origins of the prices that its reader knows, from the client price down to the pay.

    Seven queries, however many answers. What is not known to the reader by rule 12 is left out: of a hidden price not
    even that it was set.
    """
    if not read:
        return {}
    contracts = _Contracts(session, {line.contract_id for one in read for line in one.chain.lines})
    opened = _opened_at(session, [one.answer.id for one in read])
    published = _published_prices(session, {one.job.id for one in read})
    return {one.answer.id: tuple(_origins(one, contracts, opened[one.answer.id], published)) for one in read}


def _origins(
    one: Reading, contracts: _Contracts, opened_at: dt.datetime, published: Mapping[tuple[UUID, str], Money]
) -> Iterator[PriceOrigin]:
    chain, reader, client_id = one.chain, one.reader, one.job.organization_id
    assert one.job.published_at is not None
    everything = sees_everything(one.job.price_visibility, reader)
    of_layers = [contracts.origin(chain, line, client_id, opened_at) for line in chain.lines]
    pay = PriceOrigin("pay", chain.pay, "tasks", opened_at)
    first = of_layers[0] if of_layers else pay
    price = PriceOrigin("client_price", chain.client_price, "publication", one.job.published_at, client_id)
    if published[chain.job_id, chain.rate_code] != chain.client_price:
        # The client gave the part away below its own price card.
        price = replace(price, under=first.under, set_at=first.agreed_at or first.set_at)
    yield price
    yield PriceOrigin("fee", chain.fee, "publication", one.job.published_at)
    for position, (line, origin) in enumerate(zip(chain.lines, of_layers, strict=True)):
        if everything or _is_party(chain, position, line, reader):
            yield origin
    if everything or knows_pay(chain, reader):
        opener = chain.lines[-1] if chain.lines else None
        if everything or opener is None or sees_line(opener, reader):
            seller = client_id if opener is None else contracts.sellers.at(opener.contract_id, opened_at)
            pay = replace(pay, set_by=seller, layer=len(chain.lines), contract_id=chain.contract_id)
        yield pay


def _is_party(chain: Chain, position: int, line: ChainLine, reader: Reader) -> bool:
    """Whether the reader buys or sells at the price at which this layer buys."""
    if position == 0 and reader.kind is ReaderKind.CLIENT:
        return True
    return sees_line(line, reader) or (position > 0 and sees_line(chain.lines[position - 1], reader))


class _Contracts:
    """The history of some contracts: their offers, accepted amendments, and who sold when."""

    def __init__(self, session: Session, ids: Collection[UUID]) -> None:
        self._contracts = {row.id: row for row in session.scalars(select(Contract).where(Contract.id.in_(ids)))}
        self.sellers = Sellers(session, ids)
        accepted = select(Amendment).where(Amendment.contract_id.in_(ids), Amendment.state == "accepted")
        self._amendments = list(session.scalars(accepted.order_by(Amendment.decided_at, Amendment.id)))
        rates = select(AmendmentRate).where(AmendmentRate.amendment_id.in_([one.id for one in self._amendments]))
        self._rates = {(rate.amendment_id, rate.rate_code): rate for rate in session.scalars(rates)}

    def origin(self, chain: Chain, line: ChainLine, client_id: UUID, frozen_at: dt.datetime) -> PriceOrigin:
        """Where a layer's buying price comes from: the newest version with this price when the chain was frozen."""
        fitting = [one for one in self._versions(line, chain.rate_code) if one.amount == line.buys.amount]
        before = [one for one in fitting if (one.agreed_at or one.set_at) <= frozen_at]
        version = before[-1] if before else fitting[0]
        seller = self.sellers.at(line.contract_id, version.set_at)
        above = chain.lines[line.layer - 2].contract_id if line.layer > 1 else None
        buyer = client_id if above is None else self.sellers.at(above, version.set_at)
        return PriceOrigin(
            price="buying",
            amount=line.buys,
            under=version.under,
            set_at=version.set_at,
            set_by=buyer if version.by_buyer else seller,
            agreed_at=version.agreed_at,
            agreed_by=seller if version.by_buyer else buyer,
            layer=line.layer,
            contract_id=line.contract_id,
            amendment_id=version.amendment_id,
            version=version.number,
        )

    def _versions(self, line: ChainLine, rate_code: str) -> list[_Version]:
        contract = self._contracts[line.contract_id]
        accepted = [one for one in self._amendments if one.contract_id == contract.id]
        rates = [self._rates.get((one.id, rate_code)) for one in accepted]
        first = next((rate.before_amount for rate in rates if rate is not None), line.buys.amount)
        offered_at = contract.offered_at or contract.created_at
        found = [_Version(1, first, "offer", offered_at, contract.accepted_at, by_buyer=True, amendment_id=None)]
        for number, (amendment, rate) in enumerate(zip(accepted, rates, strict=True), start=2):
            if rate is not None:
                by_buyer = amendment.proposed_by == "buyer"
                times = (amendment.proposed_at, amendment.decided_at)
                found.append(_Version(number, rate.price_amount, "amendment", *times, by_buyer, amendment.id))
        return found


def _opened_at(session: Session, answer_ids: Collection[UUID]) -> dict[UUID, dt.datetime]:
    """When the tasks of these answers were opened; those that extend others have the chain of the first."""
    first = aliased(Batch)
    rows = session.execute(
        select(Answer.id, func.coalesce(first.created_at, Batch.created_at))
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .outerjoin(first, first.id == Batch.extends_batch_id)
        .where(Answer.id.in_(answer_ids))
    )
    return dict(rows.all())


def _published_prices(session: Session, job_ids: Collection[UUID]) -> dict[tuple[UUID, str], Money]:
    rates = session.scalars(select(JobRate).where(JobRate.job_id.in_(job_ids)))
    return {(rate.job_id, rate.code): rate.price for rate in rates}
