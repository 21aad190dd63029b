"""Matching what no reference matches, without anybody's word: by amount and day, and many payments to one line.

Only what can be nothing else is matched (`FileRail.explanations`, and here our own money between a rail and the bank);
the rest stands on 2900 with a reason and an owner. One process does this at a time; another finds nothing left.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.logs import get_logger
from marketplace.payouts.models import Payout
from marketplace.rails.bank_files import FileRail, Reach, file_rails
from marketplace.rails.freezing import current_freeze
from marketplace.rails.port import Rails, Transactions
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout, LineMatchTransfer
from marketplace.reconciliation.matches import LIVE, book
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import put_aside

BATCH: Final = 50
"""Lines matched in one transaction; a statement that is being imported waits for it."""

TRANSFER_DAYS: Final = 5
"""So many days after it left a rail our own money has come to the bank."""

REASONS: Final = {
    "amount_and_date": "The only payment of this amount on these days, and no line names it.",
    "many_to_one": "Exactly the payments that no line has shown yet of one file, or of one day's files.",
    "transit": "The only money of ours between a rail and the bank that can have moved so much on these days.",
}

_LOG = get_logger(__name__)
_STATEMENTS = load(__file__, "automatic.sql")


def match_without_reference(transactions: Transactions, rails: Rails, limit: int = BATCH) -> int:
    """Match lines without a reference that can only be one thing; returns how many. Waits while payouts are frozen."""
    matched = 0
    for rail in file_rails(rails):
        while True:
            with transactions() as session:
                done = 0 if current_freeze(session) is not None else _match(session, rail, limit)
            matched += done
            if not done:
                break
    return matched


def _match(session: Session, rail: FileRail, limit: int) -> int:
    actor = system_actor("reconcile")
    advisory_xact_lock(session, "reconciliation.automatic")
    done = 0
    for one in rail.explanations(session):
        if done >= limit:
            return done
        line = _take(session, ExternalLine.rail == rail.name, ExternalLine.external_id == one.line)
        payouts = select(Payout.id).where(Payout.rail == rail.name, Payout.rail_reference.in_(one.references))
        if line is not None:
            done += _try_to_book(session, actor, line, one.way, payout_ids=session.scalars(payouts).all())
    complete = rail.reach(session)
    for row in session.execute(_STATEMENTS.transfers, {"days": TRANSFER_DAYS, "most": limit}).all():
        if _is_over(complete.get(row.currency), row.day, row.amount):
            line = _take(session, ExternalLine.id == uuid.UUID(row.line_id))
            way = "amount_and_date" if len(row.ids) == 1 else "many_to_one"
            done += line is not None and _try_to_book(session, actor, line, way, transfer_ids=row.ids)
    return done


def _take(session: Session, *where: ColumnElement[bool]) -> ExternalLine | None:
    """Lock a line of which nobody has said, or is saying, what it was, nor that it was not what it seemed to be."""
    wanted = select(ExternalLine).where(*where, ExternalLine.state != "matched").with_for_update()
    line = session.scalar(wanted.execution_options(populate_existing=True))
    if line is None:
        return None
    # Asked under the lock: somebody may have said so while it was waited for.
    said = select(LineMatch.id).where(LineMatch.line_id == line.id, LineMatch.state.in_((*LIVE, "undone")))
    return line if session.scalar(said.limit(1)) is None else None


def _is_over(complete: Reach | None, day: dt.date, amount: int) -> bool:
    """Whether all lines are there that money which moved on that day could have: later in, or earlier out."""
    days = dt.timedelta(days=TRANSFER_DAYS)
    first, last = (day, day + days) if amount > 0 else (day - days, day)
    return complete is not None and complete.since < first and complete.until >= last


def _try_to_book(
    session: Session,
    actor: Actor,
    line: ExternalLine,
    way: str,
    *,
    payout_ids: Sequence[uuid.UUID] = (),
    transfer_ids: Sequence[uuid.UUID] = (),
) -> bool:
    kind = "payouts" if payout_ids else "transit"
    row = LineMatch(
        id=new_id(),
        line_id=line.id,
        way=way,
        kind=kind,
        state="proposed",
        amount=line.amount,
        currency=line.currency,
        two_people=False,
        reason=REASONS[way if payout_ids else kind],
    )
    try:
        with session.begin_nested():
            if line.state == "unmatched":
                put_aside(session, actor, line)
            session.add(row)
            session.flush()
            session.add_all(LineMatchPayout(match_id=row.id, payout_id=one) for one in payout_ids)
            session.add_all(LineMatchTransfer(match_id=row.id, line_id=one) for one in transfer_ids)
            session.flush()
            book(session, actor, row)
    except DomainError:
        _LOG.exception("line_not_matched", line=line.external_id)
        return False
    return True
