"""Asking rails whether payees' banks took what was paid on to them, which they may refuse days after "paid".

At once when the rail hints that something changed; once a day for a while after each payout, so that a hint which
never came is missed for a day at most; every hour while nothing is paid there, until it works again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.logs import get_logger
from marketplace.payouts.models import Payout
from marketplace.rails.bank_refusals import write_standing
from marketplace.rails.methods import read_destination
from marketplace.rails.models import PayoutDestination
from marketplace.rails.onward import onward_rails
from marketplace.rails.port import Rails, Transactions

LOOKS_MAX: Final = 50
"""Most accounts of a rail in one go."""

LEASE: Final = dt.timedelta(minutes=2)
"""As long as this nobody else asks about an account that somebody asks about."""

DAILY: Final = dt.timedelta(days=1)
WHILE_STOPPED: Final = dt.timedelta(hours=1)

AFTER_PAYOUT: Final = dt.timedelta(days=45)
"""So long after a payout its account is looked at: paid on within a month, and refused within five business days."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """An account to ask about; `told_at` is the hint that this look answers."""

    payee_id: uuid.UUID
    rail: str
    destination: str
    told_at: dt.datetime | None


def look_at_banks(transactions: Transactions, rails: Rails, limit: int = LOOKS_MAX) -> int:
    """Sweep: ask about up to `limit` accounts of each rail whose time has come; returns about how many it asked.

    The rail is asked outside any transaction. One that does not answer is asked again after LEASE.
    """
    asked = 0
    for name, rail in onward_rails(rails).items():
        with transactions() as session:
            looks = _take(session, name, limit)
        for look in looks:
            try:
                standing = rail.standing(look.destination)
            except DomainError as problem:
                log.warning("bank_standing_unknown", rail=name, problem=problem.detail)
                continue
            with transactions() as session:
                stopped = write_standing(session, look.payee_id, name, look.destination, standing)
                _done(session, look, WHILE_STOPPED if stopped else DAILY)
            asked += 1
    return asked


def _take(session: Session, rail: str, limit: int) -> list[Look]:
    """Accounts whose time has come, for LEASE ours; those of which nothing can have changed wait for another day."""
    now = market_now(session)
    due = (
        select(PayoutDestination)
        .where(PayoutDestination.rail == rail, PayoutDestination.look_at <= now)
        .order_by(PayoutDestination.look_at, PayoutDestination.payee_id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    rows = session.scalars(due).all()
    paid = select(Payout.payee_id, func.max(Payout.sent_at).label("sent_at")).where(
        Payout.payee_id.in_([row.payee_id for row in rows]), Payout.rail == rail, Payout.sent_at.is_not(None)
    )
    paid_at = {row.payee_id: row.sent_at for row in session.execute(paid.group_by(Payout.payee_id))}
    looks = []
    for row in rows:
        # Since the look that was due, however long ago that is: nobody may have looked meanwhile.
        of_late = row.payee_id in paid_at and paid_at[row.payee_id] > row.look_at - AFTER_PAYOUT
        wanted = row.told_at is not None or row.stopped_at is not None or of_late
        row.look_at = now + (LEASE if wanted else DAILY)
        if wanted and (destination := read_destination(session, row)) is not None:
            looks.append(Look(row.payee_id, rail, destination, row.told_at))
    session.flush()
    return looks


def _done(session: Session, look: Look, until: dt.timedelta) -> None:
    """The next look is then; unless another hint came meanwhile, which this look may not have seen."""
    session.execute(
        update(PayoutDestination)
        .where(
            PayoutDestination.payee_id == look.payee_id,
            PayoutDestination.rail == look.rail,
            PayoutDestination.told_at.is_not_distinct_from(look.told_at),
        )
        .values(look_at=func.market_now() + until, told_at=None)
    )
