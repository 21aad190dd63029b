"""Sums that only these pages show; who may see them is asked by the packages whose rows they are."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import PriceChain
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.identity.queries import organization_names, person_names
from marketplace.jobs import reserve
from marketplace.jobs.models import Job, JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger import balances
from marketplace.ledger.recipes import accounts
from marketplace.rails.models import Deposit
from marketplace.settlement.mirror_models import taken_back
from marketplace.settlement.models import Earning, Installment
from marketplace.settlement.queries import visible_to as installment_visible_to
from marketplace.work.models import Answer
from marketplace.work.states import PAID_ANSWER

CLIENTS_SHOWN = 500
PAYEES_SHOWN = 500
DAYS_SHOWN = 42
DAYS_BEFORE = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DueSum:
    """The installments of one day, kind of payee and currency together, by state."""

    due_on: dt.date
    payee_kind: str
    currency: str
    payees: int
    by_state: dict[str, Money]

    @property
    def total(self) -> Money:
        """All of them."""
        return sum(self.by_state.values(), Money.zero(self.currency))


@dataclass(frozen=True, slots=True)
class DueDays:
    """The sums of some days on which something falls due, and from which day those before and after are, if any."""

    sums: list[DueSum]
    earlier: dt.date | None
    later: dt.date | None


def due_days(session: Session, actor: Actor, first: dt.date | None) -> DueDays:
    """What falls due on some days, of the installments the actor may see; earliest first.

    From two weeks before the market's today unless a day is given.
    """
    first = first or market_now(session).date() - DAYS_BEFORE
    last = dt.date.fromordinal(min(first.toordinal() + DAYS_SHOWN - 1, dt.date.max.toordinal()))
    mine = (installment_visible_to(actor), Installment.state != "cancelled")
    day = select(Installment.due_on).where(*mine).limit(1)
    before = session.scalar(day.where(Installment.due_on < first).order_by(Installment.due_on.desc()))
    return DueDays(
        sums=_due_sums(session, [*mine, Installment.due_on.between(first, last)]),
        earlier=None if before is None else before - dt.timedelta(days=DAYS_SHOWN - 1),
        later=session.scalar(day.where(Installment.due_on > last).order_by(Installment.due_on)),
    )


def _due_sums(session: Session, which: Sequence[ColumnElement[bool]]) -> list[DueSum]:
    key = (Installment.due_on, Installment.payee_kind, Installment.currency, Installment.state)
    # By payee first: counting those who differ among all rows would sort them.
    each = (
        select(*key, func.sum(Installment.amount).label("amount"))
        .where(*which)
        .group_by(*key, Installment.payee_id)
        .subquery("payee")
    ).c
    of = (each.due_on, each.payee_kind, each.currency, each.state)
    rows = session.execute(select(*of, func.sum(each.amount), func.count()).group_by(*of).order_by(*of))
    sums: dict[tuple[dt.date, str, str], tuple[dict[str, Money], int]] = {}
    for due_on, kind, currency, state, amount, payees in rows:
        states, most = sums.setdefault((due_on, kind, currency), ({}, 0))
        states[state] = Money(int(amount), currency)
        sums[due_on, kind, currency] = (states, max(most, payees))
    return [
        DueSum(due_on, kind, currency, payees, states) for (due_on, kind, currency), (states, payees) in sums.items()
    ]


@dataclass(frozen=True, slots=True)
class JobMoney:
    """Where a job's money stands: `reserve` = committed + free; `spent` went out for answers, the fee in it."""

    reserve: Money
    committed: Money
    free: Money
    spent: Money
    fees: Money
    paid_answers: int


def job_money(session: Session, job: Job) -> JobMoney:
    """The money of a job; the caller has asked whether the actor may see it."""
    held = balances.balance(session, accounts.job_reserve(job.id, job.currency))
    kept = session.get(JobReserve, job.id)
    row = session.execute(
        select(
            func.coalesce(func.sum(PriceChain.client_price_amount), 0),
            func.coalesce(func.sum(PriceChain.fee_amount), 0),
            func.count(Answer.id),
        )
        .select_from(Answer)
        .join(PriceChain, PriceChain.id == Answer.price_chain_id)
        .where(Answer.job_id == job.id, Answer.state.in_(sorted(PAID_ANSWER)))
    ).one()
    return JobMoney(
        reserve=held,
        committed=kept.committed if kept else Money.zero(job.currency),
        free=reserve.free(session, job),
        spent=Money(int(row[0]), job.currency),
        fees=Money(int(row[1]), job.currency),
        paid_answers=int(row[2]),
    )


@dataclass(frozen=True, slots=True)
class Margin:
    """What a layer earned by one contract, and what of it is paid."""

    earned: Money
    answers: int
    paid: Money
    next_due_on: dt.date | None


def own_margins(
    session: Session, organization_id: uuid.UUID, contract_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Margin]:
    """The organization's margins by contract; contracts without any are left out."""
    mine = (Earning.payee_kind == "layer", Earning.payee_id == organization_id, Earning.contract_id.in_(contract_ids))
    earned = session.execute(
        select(Earning.contract_id, Earning.currency, func.sum(Earning.amount), func.count())
        .where(*mine, ~taken_back())
        .group_by(Earning.contract_id, Earning.currency)
    )
    dated = {
        row[0]: (int(row[1] or 0), row[2])
        for row in session.execute(
            select(
                Installment.contract_id,
                func.sum(Installment.amount).filter(Installment.state == "paid"),
                func.min(Installment.due_on).filter(Installment.state.in_(["scheduled", "due", "held"])),
            )
            .where(
                Installment.payee_kind == "layer",
                Installment.payee_id == organization_id,
                Installment.contract_id.in_(contract_ids),
            )
            .group_by(Installment.contract_id)
        )
    }
    return {
        contract_id: Margin(
            Money(int(amount), currency),
            count,
            Money(dated.get(contract_id, (0, None))[0], currency),
            dated.get(contract_id, (0, None))[1],
        )
        for contract_id, currency, amount, count in earned
    }


def deposit_balances(session: Session, organization_id: uuid.UUID) -> list[Money]:
    """What of a client's deposit is not tied to a job, a value for each currency ever paid in."""
    paid_in = select(Deposit.currency).where(Deposit.organization_id == organization_id).distinct()
    currencies = session.scalars(paid_in.order_by(Deposit.currency))
    return [balances.balance(session, accounts.client_deposits(organization_id, code)) for code in currencies]


def payee_names(session: Session, payees: Sequence[tuple[str, uuid.UUID]]) -> dict[uuid.UUID, str]:
    """Names of workers and organizations, for display."""
    workers = {payee_id for kind, payee_id in payees if kind == "worker"}
    others = {payee_id for kind, payee_id in payees if kind != "worker"}
    return person_names(session, workers) | organization_names(session, others)


def payees(session: Session) -> list[tuple[str, uuid.UUID, str]]:
    """Kind, id and name of who earned something, by name, for forms of the platform's people."""
    wanted = select(Installment.payee_kind, Installment.payee_id).distinct().order_by(Installment.payee_id)
    found = session.execute(wanted.limit(PAYEES_SHOWN)).all()
    names = payee_names(session, [(kind, payee_id) for kind, payee_id in found])
    named = [(kind, payee_id, names.get(payee_id, "")) for kind, payee_id in found]
    return sorted(named, key=lambda one: (one[2], str(one[1])))


def clients(session: Session) -> list[Organization]:
    """The clients by name, for forms of the platform's people."""
    query = select(Organization).where(Organization.kind == "client").order_by(Organization.name, Organization.id)
    return list(session.scalars(query.limit(CLIENTS_SHOWN)))
