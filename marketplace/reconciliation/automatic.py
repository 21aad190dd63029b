"""Matching what no reference matches, without anybody's word: by amount and day, and many payments to one line.

Only what can be nothing else is matched (`FileRail.explanations`, and here our own money between a rail and the bank);
the rest stands on 2900 with a reason and an owner. One process does this at a time; another finds nothing left.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.logs import get_logger
from marketplace.payouts.models import Payout
from marketplace.rails.bank_files import FileRail, file_rails
from marketplace.rails.freezing import current_freeze
from marketplace.rails.port import Rails, Transactions
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout, LineMatchTransfer
from marketplace.reconciliation.matches import LIVE, book
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import put_aside

TRANSFER_DAYS: Final = 5
"""So many days after it left a rail our own money has come to the bank."""

REASONS: Final = {
    "amount_and_date": "The only payment of this amount on these days, and no line names it.",
    "many_to_one": "Exactly the payments that no line has shown yet of one file, or of one day's files.",
    "transit": "The only money of ours between a rail and the bank that can have moved so much on these days.",
}

_LOG = get_logger(__name__)
_STATEMENTS = load(__file__, "automatic.sql")


def match_without_reference(transactions: Transactions, rails: Rails) -> int:
    """Match lines without a reference that can only be one thing; returns how many. Waits while payouts are frozen.

    Each line in a transaction of its own, in which everything is looked at anew: whoever explains another line by hand
    never waits for this one while it waits for theirs. A line that cannot be booked, or breaks, keeps no other waiting.
    One look for many would not do: between two transactions a statement or a person may bring what makes the next line
    ambiguous, and within one the payouts and accounts of all its lines would stay locked, in no order that others keep.
    """
    matched = 0
    for rail in file_rails(rails):
        tried: set[uuid.UUID] = set()
        while True:
            before = len(tried)
            try:
                with transactions() as session:
                    done = current_freeze(session) is None and _match_one(session, rail, tried)
                matched += done
            except (DomainError, DBAPIError):
                if len(tried) == before:
                    raise
                _LOG.exception("line_not_matched", rail=rail.name)
            if len(tried) == before:
                break
    return matched


def _match_one(session: Session, rail: FileRail, tried: set[uuid.UUID]) -> bool:
    """Try the first line that was not tried yet, and add it to those; returns whether it was booked.

    Left alone is a line of which somebody has said, or is saying, what it was, or that it was not what it seemed to be.
    """
    advisory_xact_lock(session, "reconciliation.automatic")
    said = select(LineMatch.id).where(LineMatch.line_id == ExternalLine.id, LineMatch.state.in_((*LIVE, "undone")))
    for found in _found(session, rail):
        wanted = select(ExternalLine.id).where(found.line, ExternalLine.state != "matched", ~said.exists())
        line_id = session.scalar(wanted)
        if line_id is None or line_id in tried:
            continue
        tried.add(line_id)
        line = session.get_one(ExternalLine, line_id, with_for_update=True, populate_existing=True)
        # Asked again under the lock: somebody may have said so while it was waited for.
        if session.scalar(wanted) is None:
            return False
        _book(session, line, found)
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Found:
    """What a line can only be: payouts, or our own money in lines of another rail."""

    line: ColumnElement[bool]
    way: str
    payout_ids: Sequence[uuid.UUID] = ()
    transfer_ids: Sequence[uuid.UUID] = ()


def _found(session: Session, rail: FileRail) -> Iterator[_Found]:
    for one in rail.explanations(session):
        payouts = select(Payout.id).where(Payout.rail == rail.name, Payout.rail_reference.in_(one.references))
        line = and_(ExternalLine.rail == rail.name, ExternalLine.external_id == one.line)
        yield _Found(line, one.way, payout_ids=session.scalars(payouts).all())
    rows = session.execute(_STATEMENTS.transfers, {"days": TRANSFER_DAYS}).all()
    complete = rail.reach(session) if rows else {}
    for row in rows:
        known = complete.get(row.currency)
        if known is not None and known.spans(*_days_of(row.day, row.amount)):
            way = "amount_and_date" if len(row.ids) == 1 else "many_to_one"
            yield _Found(ExternalLine.id == uuid.UUID(row.line_id), way, transfer_ids=row.ids)


def _days_of(day: dt.date, amount: int) -> tuple[dt.date, dt.date]:
    """The days of the lines that money which moved on that day could have: later in, or earlier out."""
    days = dt.timedelta(days=TRANSFER_DAYS)
    return (day, day + days) if amount > 0 else (day - days, day)


def _book(session: Session, line: ExternalLine, found: _Found) -> None:
    actor = system_actor("reconcile")
    kind = "payouts" if found.payout_ids else "transit"
    row = LineMatch(
        id=new_id(),
        line_id=line.id,
        way=found.way,
        kind=kind,
        state="proposed",
        amount=line.amount,
        currency=line.currency,
        two_people=False,
        reason=REASONS[found.way if found.payout_ids else kind],
    )
    if line.state == "unmatched":
        put_aside(session, actor, line)
    session.add(row)
    session.flush()
    session.add_all(LineMatchPayout(match_id=row.id, payout_id=one) for one in found.payout_ids)
    session.add_all(LineMatchTransfer(match_id=row.id, line_id=one) for one in found.transfer_ids)
    session.flush()
    book(session, actor, row)
