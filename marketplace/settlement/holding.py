"""Moves of installments under their row locks; each moves many at once, and the caller has posted the journal."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.texts import named, say
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Account, AccountBalance
from marketplace.settlement.events import (
    INSTALLMENT_DUE,
    INSTALLMENT_HELD,
    INSTALLMENT_KEPT,
    INSTALLMENT_RELEASED,
    INSTALLMENT_UNCLAIMED,
)
from marketplace.settlement.models import Installment
from marketplace.settlement.states import INSTALLMENT, MAY_BE_SHORT, PAYABLE, PAYEE_NOUNS

_STATEMENTS = load(__file__, "holding.sql")


def lock_installments(
    session: Session, where: ColumnElement[bool], *, limit: int | None = None, skip_locked: bool = False
) -> list[Installment]:
    """The installments that meet the condition, locked to the end of the transaction, earliest due first.

    FOR NO KEY UPDATE: shares that refer to the row may still be checked against it meanwhile.
    """
    wanted = (
        select(Installment)
        .where(where)
        .order_by(Installment.due_on, Installment.id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(wanted.limit(limit) if limit is not None else wanted))


def whole() -> ColumnElement[bool]:
    """Whether 2150 holds all of what is held: of some a later payout may have carried a part, less than a unit."""
    other = aliased(Installment)
    wanted = (
        select(func.sum(other.amount))
        .where(
            other.payee_id == Installment.payee_id,
            other.currency == Installment.currency,
            other.state == "held",
            other.held_reason == Installment.held_reason,
        )
        .scalar_subquery()
    )
    there = (
        select(AccountBalance.balance)
        .join(Account, Account.id == AccountBalance.account_id)
        .where(
            Account.code == Code.HELD,
            Account.owner_id == Installment.payee_id,
            Account.currency == Installment.currency,
            Account.label == Installment.held_reason,
        )
        .scalar_subquery()
    )
    return or_(Installment.held_reason.not_in(MAY_BE_SHORT), there >= wanted)


def fall_due(session: Session, rows: Sequence[Installment]) -> None:
    """Scheduled -> due, by the caller's journal J4."""
    now = market_now(session)
    for row in _checked(rows, "scheduled", "due"):
        row.state, row.due_at = "due", now
    session.flush()


def keep(
    session: Session, actor: Actor, rows: Sequence[Installment], journal_id: uuid.UUID, *, source: str = "scheduled"
) -> None:
    """Scheduled or held -> kept, by that journal J4: a margin of the client, or of the platform as caretaker."""
    for row in _checked(rows, source, "kept"):
        row.state = "kept"
        _record(session, actor, row, INSTALLMENT_KEPT, "taken_over", journal_id)
    session.flush()


def advance(session: Session, row: Installment, fee: Money) -> None:
    """Scheduled -> advanced for that fee, by the caller's journal J9."""
    now = market_now(session)
    for one in _checked([row], "scheduled", "advanced"):
        one.state, one.advanced_at, one.advance_fee = "advanced", now, fee.amount
    session.flush()


def put_into_payouts(session: Session, ids: Mapping[uuid.UUID, str], count: int, prepared_on: dt.date) -> None:
    """Due or advanced -> in_payout: locked rows, so many of them, each into the payout under whose id it stands.

    `ids` has for each payout the ids of its installments as PostgreSQL writes an array. What that day would bring
    anyway has no fee for coming early any more. Raises state_conflict when one is elsewhere.
    """
    values = {
        "payout_ids": list(ids),
        "ids": list(ids.values()),
        "payable": list(PAYABLE),
        "prepared_on": prepared_on,
    }
    moved = session.execute(_STATEMENTS.put_into_payouts, values).rowcount  # type: ignore[attr-defined]
    if moved != count:
        raise STATE_CONFLICT.error(
            f"Of {count} installments {count - moved} are not payable any more.", noun="installment", target="in_payout"
        )


def take_out_of_payouts(session: Session, payout_ids: Collection[uuid.UUID]) -> None:
    """in_payout -> due: these payouts were cancelled, and 2130 or 2140 holds the money."""
    values = {"payout_ids": list(payout_ids)}
    for state in session.scalars(_STATEMENTS.lock_those_in_payouts, values):
        _check(state, "in_payout", "due")
    session.execute(_STATEMENTS.take_out_of_payouts, values)


def mark_paid(session: Session, rows: Sequence[Installment]) -> None:
    """in_payout -> paid: the rail confirmed its payout."""
    now = market_now(session)
    for row in _checked(rows, "in_payout", "paid"):
        row.state, row.paid_at = "paid", row.paid_at or now
    session.flush()


def take_back_paid(session: Session, rows: Sequence[Installment]) -> None:
    """Paid -> in_payout: the line that was taken for its payout is not its; `paid_at` still tells the first time."""
    for row in _checked(rows, "paid", "in_payout"):
        row.state = "in_payout"
    session.flush()


def hold(
    session: Session,
    actor: Actor,
    rows: Sequence[Installment],
    *,
    source: str,
    reason: str,
    journal_id: uuid.UUID,
) -> None:
    """From scheduled, due, advanced, in_payout or paid to held, with the reason; that journal moved the money there."""
    now = market_now(session)
    for row in _checked(rows, source, "held"):
        row.state, row.payout_id, row.held_reason, row.held_at = "held", None, reason, now
        note_held(session, actor, row, reason, journal_id)
    session.flush()


def release(
    session: Session, actor: Actor, rows: Sequence[Installment], journal_id: uuid.UUID, *, source: str = "held"
) -> None:
    """From held or unclaimed to due; that journal moved the money back from 2150 or 2170. The reason is history."""
    now = market_now(session)
    for row in _checked(rows, source, "due"):
        row.state, row.due_at = "due", row.due_at or now
        _record(session, actor, row, INSTALLMENT_RELEASED, row.held_reason or "", journal_id)
    session.flush()


def set_apart(session: Session, actor: Actor, rows: Sequence[Installment], journal_id: uuid.UUID) -> None:
    """From held to unclaimed; that journal moved the money from 2150 to 2170. The reason stays."""
    for row in _checked(rows, "held", "unclaimed"):
        row.state = "unclaimed"
        _record(session, actor, row, INSTALLMENT_UNCLAIMED, row.held_reason or "", journal_id)
    session.flush()


def note_due(session: Session, actor: Actor, row: Installment) -> None:
    """Say in the log that an installment is due."""
    record(
        session,
        INSTALLMENT_DUE,
        actor,
        subject=("installment", row.id),
        body=due_body(row, row.amount),
        **audience(row.payee_kind, row.payee_id),
    )


def note_held(session: Session, actor: Actor, row: Installment, reason: str, journal_id: uuid.UUID) -> None:
    """Say in the log that an installment is held, and why."""
    _record(session, actor, row, INSTALLMENT_HELD, reason, journal_id)


def due_body(row: Installment, amount: int) -> dict[str, Any]:
    """An installment as the log keeps it when it falls due, of so many ledger units then."""
    return {
        "payee": public(PAYEE_NOUNS[row.payee_kind], row.payee_id),
        "contract": public("contract", row.contract_id),
        "due_on": day(row.due_on),
        "amount": Money(amount, row.currency).to_wire(),
    }


class Audience(TypedDict):
    """Who may read an event, as arguments of `record`."""

    people: set[uuid.UUID]
    organizations: set[uuid.UUID]


def audience(payee_kind: str, payee_id: uuid.UUID) -> Audience:
    """Who may read what is said about a payee's money: the worker, or the people of the layer's organization."""
    worker = payee_kind == "worker"
    return {"people": {payee_id} if worker else set(), "organizations": set() if worker else {payee_id}}


def _record(
    session: Session, actor: Actor, row: Installment, kind: EventKind, reason: str, journal_id: uuid.UUID
) -> None:
    body = {
        "payee": public(PAYEE_NOUNS[row.payee_kind], row.payee_id),
        "amount": row.money.to_wire(),
        "reason": reason,
        "journal": public("journal", journal_id),
    }
    record(session, kind, actor, subject=("installment", row.id), body=body, **audience(row.payee_kind, row.payee_id))


def _checked(rows: Sequence[Installment], source: str, target: str) -> Sequence[Installment]:
    """The rows, after asking the table of moves; raises state_conflict when one is elsewhere."""
    for row in rows:
        _check(row.state, source, target)
    return rows


def _check(state: str, source: str, target: str) -> None:
    INSTALLMENT.check(state, target)
    if state != source:
        raise STATE_CONFLICT.error(
            say("This installment is %(state)s, not %(source)s.", state=named(state), source=named(source)),
            noun="installment",
            current=state,
            target=target,
        )
