"""What each code, currency and due date was debited and credited, summed up to a posting.

The trial balance is that and the tail, and so is what falls due on which day.

The sums are moved on with the snapshots of hot accounts, up to the same posting (`snapshots` says which), and are
thrown away where they differ from the postings.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, case, func, literal, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import take_time
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.db.sql import load, written
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Posting
from marketplace.ledger.snapshot_models import UNDATED, CodeTotal
from marketplace.logs import get_logger

_STATEMENTS = load(__file__, "totals.sql")
# Before the first sums: from just before the first posting, so that each portion writes some.
_REACHED = select(
    func.coalesce(func.max(CodeTotal.through_posting_id), select(func.min(Posting.id) - 1).scalar_subquery())
)
log = get_logger(__name__)


def totals_by_code(session: Session) -> list[tuple[int, str, int, int]]:
    """Code, currency, sum of debits, sum of credits of each with a posting, by currency and code.

    The kept sums and the postings since them.
    """
    found: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in _kept_and_tail(session, literal(UNDATED, Date)):
        sums = found[row.currency, row.code]
        sums[0] += int(row.debited)
        sums[1] += int(row.credited)
    return [(code, currency, found[currency, code][0], found[currency, code][1]) for currency, code in sorted(found)]


def owed_by_day(
    session: Session, codes: Collection[Code], first: dt.date, last: dt.date
) -> dict[tuple[str, Code, dt.date], int]:
    """What accounts of these codes hold on their credit side, by currency, code and due date; nothing is left out.

    What falls due before the first day or has no day is the first's, what comes after the last is the last's.
    """
    found: defaultdict[tuple[str, Code, dt.date], int] = defaultdict(int)
    undated = case((CodeTotal.due_on == UNDATED, first), else_=CodeTotal.due_on)
    for row in _kept_and_tail(session, func.least(func.greatest(undated, first), last)):
        if row.code in codes:
            day = min(max(row.due_on or first, first), last)
            found[row.currency, Code(row.code), day] += int(row.credited) - int(row.debited)
    return {key: amount for key, amount in found.items() if amount}


def _kept_and_tail(session: Session, day: ColumnElement[dt.date]) -> list[Row[Any]]:
    """The sums as rows: those kept, together by `day`, and of the postings since, each by its own due date."""
    key = (CodeTotal.code, CodeTotal.currency, day)
    # Read at once: a sum that is moved on meanwhile, and a tail from where it was, would count postings twice.
    kept = session.execute(
        select(
            CodeTotal.code,
            CodeTotal.currency,
            day.label("due_on"),
            func.sum(CodeTotal.debited).label("debited"),
            func.sum(CodeTotal.credited).label("credited"),
            func.max(CodeTotal.through_posting_id).label("through_posting_id"),
        ).group_by(*key)
    ).all()
    through = max((row.through_posting_id for row in kept), default=0)
    return [*kept, *session.execute(_STATEMENTS.tail.bindparams(written("since", through)))]


def move_totals(session: Session, through: int, portion: int) -> bool:
    """Move the sums on by a portion of the postings up to `through`, which are all there; False where nothing is left.

    One process at a time does so; another finds nothing to do.
    """
    if not try_advisory_xact_lock(session, "ledger.totals"):
        return False
    since = totals_reached(session) or 0
    if since >= through:
        return False
    take_time(session)
    until = min(through, since + portion)
    session.execute(_STATEMENTS.move.bindparams(written("since", since), written("through", until)))
    return True


def totals_reached(session: Session) -> int | None:
    """The posting up to which the sums go, the one before the first where there are none yet; None without postings."""
    return session.scalar(_REACHED)


def compare_totals(session: Session, now: dt.datetime, after: dt.timedelta) -> bool | None:
    """Whether the sums are those of their postings; None when they were compared less than `after` ago.

    None too where there are none. Where one differs, all are thrown away, and the log names it.
    """
    if not try_advisory_xact_lock(session, "ledger.totals"):
        return None
    compared_at = session.scalar(select(func.min(CodeTotal.compared_at)))
    if compared_at is None or compared_at > now - after:
        return None
    take_time(session)
    differing = differing_totals(session)
    for row in differing:
        log.error("ledger.total_differs", code=row.code, currency=row.currency, due_on=str(row.due_on))
    if differing:
        forget_totals(session)
    else:
        session.execute(text("UPDATE code_total SET compared_at = :now"), {"now": now})
    return not differing


def differing_totals(session: Session) -> Sequence[Row[Any]]:
    """The sums that are not those of their postings, with what is kept and what they should be."""
    return session.execute(_STATEMENTS.differing).all()


def forget_totals(session: Session) -> None:
    """Throw all sums away: the next ones are made from the postings alone."""
    session.execute(text("DELETE FROM code_total"))
