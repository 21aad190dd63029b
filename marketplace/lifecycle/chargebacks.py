"""Chargebacks: a rail takes a client's payment back because the payer disputes it (J14).

What of the client's money is free is kept for it (2160): its deposit, and of its jobs' reserves what no released seat
and no allowance needs. What workers and layers have earned or may still earn of released seats is never touched: the
platform puts in what is missing, as far as its capital reaches. What then is still missing the client owes (1230), an
alarm. Each step is one journal, and any number of processes may try it.
"""

import uuid
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.errors import COVERAGE_SHORT
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes import claiming
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.lifecycle import events
from marketplace.lifecycle.covering import cover, top_up
from marketplace.logs import get_logger
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.models import Deposit, RailEvent
from marketplace.rails.port import Transactions
from marketplace.rails.states import CHARGEBACK

BATCH: Final = 200
_ACTOR: Final = system_actor("settle_chargebacks")
_LOG = get_logger(__name__)


def charge_back(
    session: Session, actor: Actor, deposit: Deposit, reference: str, amount: Money, fee: Money
) -> uuid.UUID | None:
    """A rail took back `amount` of an available, locked deposit, and charged the fee; returns the journal.

    `reference` is the rail's id of the dispute, which is booked once.
    """
    row = Chargeback(
        id=new_id(),
        deposit_id=deposit.id,
        organization_id=deposit.organization_id,
        rail=deposit.rail,
        reference=reference,
        amount=amount.amount,
        currency=amount.currency,
        fee_amount=fee.amount,
        state=CHARGEBACK.initial,
        frozen_amount=0,
        collected_amount=0,
        written_off_amount=0,
        returned_amount=0,
        topped_up_amount=0,
        steps=0,
    )
    session.add(row)
    session.flush()
    taken = claiming.j14_charged_back(row.organization_id, row.label, row.rail, amount, fee)
    return _step(session, actor, row, events.CHARGEBACK_OPENED, [*taken, *cover(session, row)])


def bring_back(session: Session, actor: Actor, row: Chargeback, fee: Money) -> uuid.UUID | None:
    """The rail brought a locked chargeback's whole amount again, and the fee as far as it returns it: it is won.

    Returns the journal. Raises state_conflict for one that was won before.
    """
    _close(session, row, "won")
    pairs = claiming.j14_returned(
        row.organization_id,
        row.label,
        row.rail,
        receivable=row.receivable,
        collected=row.collected,
        written_off=row.written_off,
        fee=fee,
    )
    pairs += claiming.j14_thawed(row.organization_id, row.label, row.frozen)
    row.returned_amount, row.frozen_amount, row.collected_amount, row.written_off_amount = row.amount, 0, 0, 0
    return _step(session, actor, row, events.CHARGEBACK_WON, [*pairs, *top_up(session, row)])


def declare_lost(session: Session, actor: Actor, chargeback_id: uuid.UUID, reason: str) -> Chargeback:
    """Say that the rail decided for the payer, where its message did not come: what is frozen is the payer's.

    Needs chargeback.close. Raises not_found, state_conflict.
    """
    actor.require("chargeback.close")
    row = _locked(session, chargeback_id)
    _lose(session, actor, row, reason)
    return row


def write_off(session: Session, actor: Actor, chargeback_id: uuid.UUID, reason: str) -> Chargeback:
    """Give up what a client still owes of a lost chargeback: the platform's loss, which it makes good.

    Needs chargeback.close. Raises not_found, state_conflict for one that is not lost or owes nothing, coverage_short
    when the platform's own money does not reach.
    """
    actor.require("chargeback.close")
    row = _locked(session, chargeback_id)
    if row.state != "lost" or row.receivable.is_zero:
        raise STATE_CONFLICT.error(
            f"This chargeback is {row.state}, and {row.receivable} of it is owed: nothing to write off.",
            noun="chargeback",
            current=row.state,
        )
    pairs = cover(session, row)
    rest = row.receivable
    if row.topped_up < rest:
        own = balance(session, bank_operating(row.currency))
        raise COVERAGE_SHORT.error(f"{rest - row.topped_up} would have to be made good, and the platform has {own}.")
    pairs += claiming.j14_written_off(row.organization_id, row.label, rest)
    row.written_off_amount += rest.amount
    row.topped_up_amount -= rest.amount
    _step(session, actor, row, events.CHARGEBACK_WRITTEN_OFF, pairs, reason)
    return row


def settle_chargebacks(transactions: Transactions, limit: int = BATCH) -> int:
    """Sweep: lose what rails called lost, and cover what is owed as far as money has become free; returns how many."""
    done, after = 0, uuid.UUID(int=0)
    while True:
        with transactions() as session:
            ids = session.scalars(
                select(Chargeback.id)
                .where(Chargeback.id > after)
                .where(
                    or_(
                        Chargeback.collected_amount + Chargeback.written_off_amount + Chargeback.returned_amount
                        < Chargeback.amount,
                        Chargeback.topped_up_amount > 0,
                    )
                )
                .order_by(Chargeback.id)
                .limit(limit)
            ).all()
        done += sum(_try_to_settle(transactions, chargeback_id) for chargeback_id in ids)
        if len(ids) < limit:
            return done
        after = ids[-1]


def _try_to_settle(transactions: Transactions, chargeback_id: uuid.UUID) -> bool:
    try:
        with transactions() as session:
            return _settle(session, _locked(session, chargeback_id))
    except (DomainError, DBAPIError):
        # Somebody spent what was to be frozen: the next tick sees what is left.
        _LOG.exception("chargeback_not_settled", chargeback=public("chargeback", chargeback_id))
        return False


def _settle(session: Session, row: Chargeback) -> bool:
    if row.state == "open" and _called_lost(session, row):
        _lose(session, _ACTOR, row, "The rail says so.")
        return True
    pairs = cover(session, row)
    if not any(pair.amount.amount for pair in pairs):
        return False
    _step(session, _ACTOR, row, events.CHARGEBACK_COVERED, pairs)
    return True


def _called_lost(session: Session, row: Chargeback) -> bool:
    """Whether the rail has told so, before or after its balance showed the dispute."""
    told = select(RailEvent.id).where(
        RailEvent.provider == row.rail,
        RailEvent.payload["dispute"].astext == row.reference,
        RailEvent.payload["kind"].astext == "dispute.lost",
    )
    return session.scalar(told.limit(1)) is not None


def _lose(session: Session, actor: Actor, row: Chargeback, reason: str) -> None:
    _close(session, row, "lost")
    _step(session, actor, row, events.CHARGEBACK_LOST, cover(session, row), reason)


def _close(session: Session, row: Chargeback, state: str) -> None:
    CHARGEBACK.check(row.state, state)
    row.state, row.closed_at = state, market_now(session)


def _step(
    session: Session, actor: Actor, row: Chargeback, kind: EventKind, pairs: list[Pair], reason: str | None = None
) -> uuid.UUID | None:
    """Post one step's journal, unless nothing moves, and say in the log how the chargeback stands; returns its id."""
    row.steps += 1
    session.flush()
    journal_id = None
    if any(pair.amount.amount for pair in pairs):
        journal_id = post(
            session,
            actor,
            kind="J14",
            key=f"J14:{row.label}:{row.steps}",
            pairs=pairs,
            subject=("chargeback", row.id),
        ).journal_id
    record(
        session,
        kind,
        actor,
        subject=("chargeback", row.id),
        organizations=[row.organization_id],
        body={
            "deposit": public("deposit", row.deposit_id),
            "amount": row.money.to_wire(),
            "owed": row.receivable.to_wire(),
            "frozen": row.frozen.to_wire(),
            "topped_up": row.topped_up.to_wire(),
            "journal": None if journal_id is None else public("journal", journal_id),
            "reason_commitment": said(reason),
        },
    )
    return journal_id


def _locked(session: Session, chargeback_id: uuid.UUID) -> Chargeback:
    row = session.get(Chargeback, chargeback_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NOT_FOUND.error("There is no chargeback with this id.", noun="chargeback")
    return row
