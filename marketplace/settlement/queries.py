"""Reads: what is owed to whom, when, and what of it is paid."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.settlement.mirror_models import taken_back
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.settlement.states import PAYABLE


@dataclass(frozen=True, slots=True)
class Owed:
    """What one payee earned in one currency and where it stands; scheduled + due + paying + held + paid = earned.

    What was taken early is due. `advance_fees` is what payouts of it took or take for that.
    """

    currency: str
    earned: Money
    scheduled: Money
    due: Money
    paying: Money
    held: Money
    paid: Money
    advance_fees: Money
    answers: int


@dataclass(frozen=True, slots=True)
class DatedSum:
    """The sum of a payee's installments of one day, currency and state."""

    due_on: dt.date
    state: str
    money: Money


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The installments the actor may see: their own as a worker, their organization's, or as staff all."""
    if actor.organization_kind == "platform" or (actor.organization_id is None and actor.person_id is None):
        return true() if actor.may("installment.read") else false()
    if actor.organization_id is not None:
        own = and_(Installment.payee_kind == "layer", Installment.payee_id == actor.organization_id)
        return own if actor.may("installment.read") else false()
    own = and_(Installment.payee_kind == "worker", Installment.payee_id == actor.person_id)
    return own if actor.may("installment.read.own") else false()


def installments(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    due_by: dt.date | None = None,
    contract_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Installment]:
    """The installments the actor may see, by due date; optionally of one state or contract, or due by a day."""
    wanted: Select[Any] = select(Installment).where(visible_to(actor))
    if state is not None:
        wanted = wanted.where(Installment.state == state)
    if due_by is not None:
        wanted = wanted.where(Installment.due_on <= due_by)
    if contract_id is not None:
        wanted = wanted.where(Installment.contract_id == contract_id)
    return paginate(session, wanted, keys=[Installment.due_on, Installment.id], cursor=cursor, limit=limit)


def installment(session: Session, actor: Actor, installment_id: uuid.UUID) -> Installment:
    """One installment; raises not_found when there is none or the actor may not see it."""
    found = session.scalar(select(Installment).where(Installment.id == installment_id, visible_to(actor)))
    if found is None:
        raise NOT_FOUND.error("There is no installment with this id.", noun="installment")
    return found


def calendar(session: Session, actor: Actor) -> list[DatedSum]:
    """The sums of the actor's installments by due date, state and currency, earliest first."""
    _require_payee(actor)
    rows = session.execute(
        select(Installment.due_on, Installment.state, Installment.currency, func.sum(Installment.amount))
        .where(visible_to(actor))
        .group_by(Installment.due_on, Installment.state, Installment.currency)
        .order_by(Installment.due_on, Installment.state, Installment.currency)
    )
    return [DatedSum(due_on, state, Money(int(amount), currency)) for due_on, state, currency, amount in rows]


def owed(session: Session, actor: Actor) -> list[Owed]:
    """What the actor, a worker or a layer's organization, earned and where it stands; one value a currency."""
    payee_kind, payee_id = _require_payee(actor)
    return owed_to(session, payee_kind, payee_id)


def owed_to(session: Session, payee_kind: str, payee_id: uuid.UUID) -> list[Owed]:
    """As `owed`, for any payee; the caller has asked whether this may be seen."""
    counts = dict(
        session.execute(
            select(Earning.currency, func.count())
            .where(Earning.payee_kind == payee_kind, Earning.payee_id == payee_id, ~taken_back())
            .group_by(Earning.currency)
        ).all()
    )
    sums: dict[str, dict[str, int]] = {}
    fees: dict[str, int] = {}
    for currency, state, amount, fee in session.execute(
        select(Installment.currency, Installment.state, func.sum(Installment.amount), func.sum(Installment.advance_fee))
        .where(Installment.payee_kind == payee_kind, Installment.payee_id == payee_id)
        .group_by(Installment.currency, Installment.state)
    ):
        sums.setdefault(currency, {})[state] = int(amount)
        fees[currency] = fees.get(currency, 0) + (int(fee) if state in {"in_payout", "paid"} else 0)
    return [_owed(currency, sums[currency], fees[currency], counts.get(currency, 0)) for currency in sorted(sums)]


def _owed(currency: str, by_state: dict[str, int], advance_fees: int, answers: int) -> Owed:
    def of(*states: str) -> Money:
        return Money(sum(by_state.get(state, 0) for state in states), currency)

    earned = Money(sum(amount for state, amount in by_state.items() if state != "cancelled"), currency)
    return Owed(
        currency=currency,
        earned=earned,
        scheduled=of("scheduled"),
        due=of(*PAYABLE),
        paying=of("in_payout"),
        held=of("held") + of("unclaimed"),
        paid=of("paid"),
        advance_fees=Money(advance_fees, currency),
        answers=answers,
    )


def _require_payee(actor: Actor) -> tuple[str, uuid.UUID]:
    if actor.organization_id is None:
        actor.require("installment.read.own")
        return "worker", actor.person
    actor.require("installment.read")
    return "layer", actor.organization


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One dated share of one earning of an answer and the state of the installment that pays it."""

    payee_kind: str
    payee_id: uuid.UUID
    contract_id: uuid.UUID
    due_on: dt.date
    share: Money
    state: str


def shares_of_answers(session: Session, answer_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[PaidLine]]:
    """The dated shares of each answer's earnings; the caller has asked what of it may be seen."""
    rows = session.execute(
        select(
            Earning.answer_id,
            Earning.payee_kind,
            Earning.payee_id,
            Earning.contract_id,
            Installment.due_on,
            EarningShare.amount,
            Earning.currency,
            Installment.state,
        )
        .join(EarningShare, EarningShare.earning_id == Earning.id)
        .join(Installment, Installment.id == EarningShare.installment_id)
        .where(Earning.answer_id.in_(answer_ids), ~taken_back())
        .order_by(Earning.answer_id, Earning.payee_kind, Earning.contract_id, Installment.due_on)
    )
    shares: dict[uuid.UUID, list[PaidLine]] = {answer_id: [] for answer_id in answer_ids}
    for answer_id, kind, payee_id, contract_id, due_on, amount, currency, state in rows:
        shares[answer_id].append(PaidLine(kind, payee_id, contract_id, due_on, Money(amount, currency), state))
    return shares


def next_due_on(session: Session) -> dt.date | None:
    """The earliest day on which a scheduled installment falls due; None when nothing is scheduled."""
    return session.scalar(select(func.min(Installment.due_on)).where(Installment.state == "scheduled"))
