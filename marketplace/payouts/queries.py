"""Reads: payout runs for finance and the auditor; a payout also for the payee it pays."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout, PayoutEvent, PayoutLine, PayoutRun
from marketplace.payouts.states import FINISHED, IN_FLIGHT, LIVE
from marketplace.settlement.models import Installment


@dataclass(frozen=True, slots=True)
class RunTotal:
    """Payouts of one run in one state and currency together."""

    state: str
    count: int
    money: Money


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The payouts the actor may see: all with payout_run.read, else those that pay them or their organization."""
    if actor.may("payout_run.read"):
        return true()
    if actor.organization_id is not None:
        own = and_(Payout.payee_kind == "layer", Payout.payee_id == actor.organization_id)
        return own if actor.may("installment.read") and actor.organization_kind != "platform" else false()
    own = and_(Payout.payee_kind == "worker", Payout.payee_id == actor.person_id)
    return own if actor.may("installment.read.own") else false()


def runs(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[PayoutRun]:
    """Payout runs, newest first. Needs payout_run.read."""
    actor.require("payout_run.read")
    wanted: Select[Any] = select(PayoutRun)
    if state is not None:
        wanted = wanted.where(PayoutRun.state == state)
    return paginate(session, wanted, keys=[PayoutRun.id], cursor=cursor, limit=limit, descending=True)


def run(session: Session, actor: Actor, run_id: uuid.UUID) -> PayoutRun:
    """One run. Needs payout_run.read; raises not_found."""
    actor.require("payout_run.read")
    found = session.get(PayoutRun, run_id)
    if found is None:
        raise NOT_FOUND.error("There is no payout run with this id.", noun="payout_run")
    return found


def run_totals(session: Session, actor: Actor, run_id: uuid.UUID) -> list[RunTotal]:
    """Number and sum of the run's payouts by state and currency. Needs payout_run.read."""
    return totals_of_runs(session, actor, [run_id])[run_id]


def totals_of_runs(session: Session, actor: Actor, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[RunTotal]]:
    """`run_totals` for many runs, by run id. Needs payout_run.read."""
    actor.require("payout_run.read")
    rows = session.execute(
        select(Payout.run_id, Payout.state, Payout.currency, func.count(), func.sum(Payout.amount))
        .where(Payout.run_id.in_(run_ids))
        .group_by(Payout.run_id, Payout.state, Payout.currency)
        .order_by(Payout.state, Payout.currency)
    )
    totals: dict[uuid.UUID, list[RunTotal]] = {run_id: [] for run_id in run_ids}
    for run_id, state, currency, count, amount in rows:
        totals[run_id].append(RunTotal(state, count, Money(int(amount), currency)))
    return totals


def payouts(
    session: Session,
    actor: Actor,
    *,
    run_id: uuid.UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Payout]:
    """The payouts the actor may see, newest first; of one run or state if given."""
    wanted: Select[Any] = select(Payout).where(visible_to(actor))
    if run_id is not None:
        wanted = wanted.where(Payout.run_id == run_id)
    if state is not None:
        wanted = wanted.where(Payout.state == state)
    return paginate(session, wanted, keys=[Payout.id], cursor=cursor, limit=limit, descending=True)


def payout(session: Session, actor: Actor, payout_id: uuid.UUID) -> Payout:
    """One payout; raises not_found when there is none or the actor may not see it."""
    found = session.scalar(select(Payout).where(Payout.id == payout_id, visible_to(actor)))
    if found is None:
        raise NOT_FOUND.error("There is no payout with this id.", noun="payout")
    return found


def lines(session: Session, actor: Actor, payout_id: uuid.UUID, *, limit: int | None = None) -> Sequence[Installment]:
    """The installments that the payout pays, or was to pay, by due date, or the first of them; raises not_found as
    `payout`.
    """
    payout(session, actor, payout_id)
    return session.scalars(
        select(Installment)
        .join(PayoutLine, PayoutLine.installment_id == Installment.id)
        .where(PayoutLine.payout_id == payout_id)
        .order_by(Installment.due_on, Installment.id)
        .limit(limit)
    ).all()


def history(session: Session, actor: Actor, payout_id: uuid.UUID) -> Sequence[PayoutEvent]:
    """What happened to the payout, oldest first. Needs payout_run.read; raises not_found."""
    actor.require("payout_run.read")
    payout(session, actor, payout_id)
    return session.scalars(select(PayoutEvent).where(PayoutEvent.payout_id == payout_id).order_by(PayoutEvent.id)).all()


def unfinished_by_state(session: Session) -> dict[str, int]:
    """How many payouts of runs that are not over, or in flight, stand in each state; for monitors, whoever they are."""
    open_runs = select(PayoutRun.id).where(PayoutRun.state.in_(("prepared", "approved", "executing")))
    in_runs = select(Payout.id, Payout.state).where(Payout.run_id.in_(open_runs), Payout.state.not_in(FINISHED))
    unfinished = in_runs.union(select(Payout.id, Payout.state).where(Payout.state.in_(IN_FLIGHT))).subquery()
    counts = dict.fromkeys(LIVE, 0)
    for state, count in session.execute(select(unfinished.c.state, func.count()).group_by(unfinished.c.state)):
        counts[state] = count
    return counts


def oldest_unknown_seconds(session: Session) -> int:
    """Real seconds since the oldest payout that has no answer was first asked for; 0 where there is none."""
    age = func.extract("epoch", func.statement_timestamp() - func.min(Payout.first_asked_at))
    return int(session.scalar(select(func.coalesce(age, 0)).where(Payout.state == "unknown")) or 0)
