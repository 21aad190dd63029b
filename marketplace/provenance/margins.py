"""Margin reports: where a job's money went, and what one layer earns by a contract."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.chain import Chain
from marketplace.contracts.chains import load
from marketplace.contracts.models import Contract, PriceChainLine
from marketplace.contracts.queries import rates_of
from marketplace.contracts.sellers import Sellers, former_sellers
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.provenance.policy import ChainPart, Reader, ReaderKind, reveal
from marketplace.settlement.models import Installment
from marketplace.work.models import Answer
from marketplace.work.states import PAID_ANSWER


@dataclass(frozen=True, slots=True)
class MarginLine:
    """One part of all accepted answers together; `part` without prices where these differ between answers."""

    part: ChainPart
    amount: Money
    answers: int


@dataclass(frozen=True, slots=True)
class JobMargins:
    """What the accepted answers of a job cost and who got it, as the reader may see; the lines sum to `total`."""

    job_id: UUID
    policy: str
    answers: int
    total: Money
    lines: tuple[MarginLine, ...]


@dataclass(frozen=True, slots=True)
class RateMargin:
    """One pair of prices of a contract: bought at, sold at, and the accepted answers so far."""

    rate_code: str
    buys: Money
    sells: Money
    answers: int

    @property
    def margin(self) -> Money:
        """Per answer."""
        return self.buys - self.sells

    @property
    def earned(self) -> Money:
        """Of all of them."""
        return self.margin * self.answers


@dataclass(frozen=True, slots=True)
class OwnMargin:
    """What whom `margin_scope` names earn by a contract: by pair of prices, and by state of the installments."""

    contract_id: UUID
    currency: str
    rates: tuple[RateMargin, ...]
    by_state: dict[str, Money]

    @property
    def earned(self) -> Money:
        """The margin of all accepted answers."""
        return sum((rate.earned for rate in self.rates), Money.zero(self.currency))

    @property
    def paid(self) -> Money:
        """What of it has arrived."""
        return self.by_state.get("paid", Money.zero(self.currency))


def job_margins(session: Session, actor: Actor, job_id: UUID) -> JobMargins:
    """Where the money of a job's accepted answers went; for its client as the policy shows, for staff all.

    Raises forbidden without margin.read, not_found.
    """
    actor.require("margin.read")
    job = readable_job(session, actor, job_id)
    reader = job_reader(actor)
    counts = paid_answers(session, job_id)
    chains = load(session, counts)
    sums: Counter[ChainPart] = Counter()
    answers: Counter[ChainPart] = Counter()
    total = Money.zero(job.currency)
    for chain_id, count in counts.items():
        chain = chains[chain_id]
        total += chain.client_price * count
        for part in reveal(chain, job.price_visibility, reader):
            # Prices differ between chains: what is summed is known by who gets it.
            key = replace(part, amount=Money.zero(job.currency), buys=None, sells=None, shares_percent=())
            sums[key] += part.amount.amount * count
            answers[key] += count
    lines = tuple(MarginLine(part, Money(sums[part], job.currency), answers[part]) for part in sorted(sums, key=_order))
    return JobMargins(job.id, job.price_visibility, counts.total(), total, lines)


def _order(part: ChainPart) -> tuple[int, int, str]:
    kinds = ["fee", "margin", "hidden", "pay"]
    return kinds.index(part.kind.value), part.layer or 0, str(part.contract_id or "")


def job_reader(actor: Actor) -> Reader:
    """In which place the actor reads of a whole job: as its client, or as staff, who see everything."""
    return Reader(ReaderKind.EVERYTHING if actor.is_staff else ReaderKind.CLIENT, actor.organization_id)


def readable_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """A job of the actor's own organization, for staff any. Raises not_found."""
    if actor.organization_kind == "platform":
        return session.get(Job, job_id) or _no_job()
    return own_job(session, actor, job_id)


def _no_job() -> Job:
    raise NOT_FOUND.error("There is no job with this id.", noun="job")


def paid_answers(session: Session, job_id: UUID, *which: ColumnElement[bool]) -> Counter[UUID]:
    """How many answers of a job are paid, by price chain; those that `which` narrows them to."""
    rows = session.execute(
        select(Answer.price_chain_id, func.count())
        .where(Answer.job_id == job_id, Answer.state.in_(PAID_ANSWER), *which)
        .group_by(Answer.price_chain_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def own_margin(session: Session, actor: Actor, contract_id: UUID) -> OwnMargin:
    """What is earned by a contract: to who sells or sold under it its own, to the platform's staff all sellers'.

    Raises forbidden without margin.read, not_found.
    """
    actor.require("margin.read")
    contract, sellers = margin_scope(session, actor, contract_id)
    through = _chains_through(session, contract_id)
    all_sellers = Sellers(session, [contract_id])
    theirs = all_sellers.sold(contract_id, sellers, Answer.decided_at)
    counts = paid_answers(session, contract.job_id, Answer.price_chain_id.in_(through), theirs)
    # What was accepted under another seller was its margin, by prices that are nothing to this one.
    chains = load(session, counts if all_sellers.changed(contract_id) else through)
    currency = rates_of(session, [contract_id])[contract_id][0].price.currency
    answers: Counter[tuple[str, Money, Money]] = Counter()
    for chain_id, chain in chains.items():
        buys, sells = _prices_in(chain, contract_id)
        answers[chain.rate_code, buys, sells] += counts[chain_id]
    rates = tuple(
        RateMargin(code, buys, sells, answers[code, buys, sells])
        for code, buys, sells in sorted(answers, key=lambda key: (key[0], -key[2].amount))
    )
    return OwnMargin(contract_id, currency, rates, _by_state(session, contract_id, sellers, currency))


def margin_scope(session: Session, actor: Actor, contract_id: UUID) -> tuple[Contract, set[UUID]]:
    """A contract and whose margins by it the actor reads.

    Who sells or sold under it reads its own, staff those of all who did. Raises not_found.
    """
    contract = session.get(Contract, contract_id)
    sellers = set() if contract is None else {contract.seller_organization_id, *former_sellers(session, contract_id)}
    if not actor.is_staff:
        sellers = {one for one in sellers if one == actor.organization_id}
    if contract is None or not sellers:
        raise NOT_FOUND.error("There is no contract of yours with this id.", noun="contract")
    return contract, sellers


def _chains_through(session: Session, contract_id: UUID) -> list[UUID]:
    statement = select(PriceChainLine.chain_id).where(PriceChainLine.contract_id == contract_id)
    return list(session.scalars(statement))


def _prices_in(chain: Chain, contract_id: UUID) -> tuple[Money, Money]:
    line = next(line for line in chain.lines if line.contract_id == contract_id)
    return line.buys, line.sells


def _by_state(session: Session, contract_id: UUID, sellers: set[UUID], currency: str) -> dict[str, Money]:
    rows = session.execute(
        select(Installment.state, func.sum(Installment.amount))
        .where(
            Installment.payee_kind == "layer",
            Installment.contract_id == contract_id,
            Installment.payee_id.in_(sellers),
        )
        .group_by(Installment.state)
    )
    return {state: Money(int(amount), currency) for state, amount in rows}
