"""Lines that book their own journals: the rail's fees, our own transfers between rail and bank, payouts that came back,
refunds that went back, payments that were charged back.

Each books its own journal and is matched with it at once. What fits nothing stays unmatched, and after a day is not
explained (`suspense`).
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.funding import j1_funds_swept
from marketplace.ledger.recipes.paying import j6_rail_fee, j6a_funds_brought
from marketplace.lifecycle.chargebacks import bring_back, charge_back
from marketplace.logs import get_logger
from marketplace.payouts.models import Payout
from marketplace.payouts.outcomes import fits
from marketplace.payouts.returning import book_return
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.port import Transactions
from marketplace.rails.refunds import settle_refund
from marketplace.reconciliation.marking import mark_matched
from marketplace.reconciliation.models import MATCHED, UNMATCHED, ExternalLine

BATCH: Final = 200

_LOG = get_logger(__name__)


def book_lines(transactions: Transactions, limit: int = BATCH) -> int:
    """Book what rails began, each line in a transaction of its own, `limit` looked up at a time; returns how many.

    A line that cannot be booked, or breaks, keeps no other waiting.
    """
    booked = 0
    after = uuid.UUID(int=0)
    while True:
        with transactions() as session:
            waiting = session.scalars(
                select(ExternalLine.id)
                .where(ExternalLine.state == UNMATCHED, ExternalLine.kind.in_(list(_BOOKINGS)))
                .where(ExternalLine.id > after)
                .order_by(ExternalLine.id)
                .limit(limit)
            ).all()
        booked += sum(_try_to_book(transactions, line_id) for line_id in waiting)
        if len(waiting) < limit:
            return booked
        after = waiting[-1]


def _try_to_book(transactions: Transactions, line_id: uuid.UUID) -> bool:
    try:
        return _book(transactions, line_id)
    except (DomainError, DBAPIError):
        _LOG.exception("line_not_booked", line=public("external_line", line_id))
        return False


def _book(transactions: Transactions, line_id: uuid.UUID) -> bool:
    actor = system_actor("reconcile")
    with transactions() as session:
        line = session.scalar(
            select(ExternalLine)
            .where(ExternalLine.id == line_id, ExternalLine.state == UNMATCHED)
            .with_for_update(skip_locked=True)
        )
        journal_id = None if line is None else _BOOKINGS[line.kind](session, actor, line)
        if line is None or journal_id is None:
            return False
        mark_matched(session, actor, line, journal_id)
        return True


def _to_bank(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    return _post(session, actor, line, "J1", j1_funds_swept(line.rail, -line.money)) if line.amount < 0 else None


def _from_bank(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    return _post(session, actor, line, "J6", j6a_funds_brought(line.rail, line.money)) if line.amount > 0 else None


def _fee(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    return _post(session, actor, line, "J6", j6_rail_fee(line.rail, -line.money)) if line.amount < 0 else None


def _transfer_return(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    """Only the whole of a payout that is settled: a part of it is for people to explain.

    So is what comes back of a payment that was booked twice: it may be the other one of which the payee has nothing.
    """
    payout = session.scalar(
        select(Payout)
        .where(Payout.rail == line.rail, Payout.rail_reference == line.reference)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if payout is None or payout.state not in {"settled", "reconciled"} or not fits(payout, line.money):
        return None
    if payout.taken.currency != line.currency:
        return None  # it left in one currency and comes back in the other: what that cost is for people to say
    twin = select(ExternalLine.id).where(
        ExternalLine.rail == line.rail,
        ExternalLine.reference == line.reference,
        ExternalLine.amount < 0,
        ExternalLine.state != MATCHED,
    )
    if session.scalar(twin.limit(1)) is not None:
        return None
    return book_return(session, actor, payout, line.money)


def _refund(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    refund = session.scalar(
        select(Refund)
        .where(Refund.rail == line.rail, Refund.reference == line.reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if refund is None or refund.state != "pending" or -refund.money != line.money:
        return None
    return settle_refund(session, actor, refund)


def _dispute(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID | None:
    """A payment taken back, or brought again; what is of no deposit that arrived is for people to explain."""
    fee = Money(line.fee, line.currency)
    amount = line.money + fee
    row = session.scalar(
        select(Chargeback)
        .where(Chargeback.rail == line.rail, Chargeback.reference == line.reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if amount.amount > 0:
        if row is None or row.state == "won" or amount != row.money or fee.amount > 0:
            return None
        return bring_back(session, actor, row, -fee)
    deposit = session.scalar(
        select(Deposit)
        .where(Deposit.rail == line.rail, Deposit.reference == line.charge, Deposit.state == "available")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is not None or deposit is None or deposit.currency != line.currency or fee.amount < 0 or amount.is_zero:
        return None
    return charge_back(session, actor, deposit, line.reference, -amount, fee)


def _post(session: Session, actor: Actor, line: ExternalLine, kind: str, pairs: list[Pair]) -> uuid.UUID:
    key = f"{kind}:{public('external_line', line.id)}"
    return post(session, actor, kind=kind, key=key, pairs=pairs, subject=("external_line", line.id)).journal_id


_BOOKINGS: Final[Mapping[str, Callable[[Session, Actor, ExternalLine], uuid.UUID | None]]] = {
    "to_bank": _to_bank,
    "from_bank": _from_bank,
    "fee": _fee,
    "transfer_return": _transfer_return,
    "refund": _refund,
    "dispute": _dispute,
}
