"""Journals that moved our money at a rail and that no line confirms: those kept, and those of the postings since.

They follow the postings as `marketplace.ledger.horizons` says.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    cast,
    column,
    delete,
    func,
    or_,
    select,
    text,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from marketplace.audit.models import AuditEvent
from marketplace.db.sql import load, written
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger import horizons
from marketplace.ledger.events import JOURNAL_POSTED
from marketplace.ledger.models import Journal, Posting
from marketplace.logs import get_logger
from marketplace.operations.run import Transactions
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.unconfirmed_models import UnconfirmedJournal

JOURNALS_NAMED: Final = 20
_NAME: Final = "unconfirmed"
_COLUMNS: Final = tuple(column(one.name, one.type) for one in UnconfirmedJournal.__table__.columns)
_ID: Final = column("id", BigInteger)
_NAMES: Final = tuple(one.name for one in _COLUMNS)
_KEPT: Final = select(*(getattr(UnconfirmedJournal, name) for name in _NAMES))
_STATEMENTS = load(__file__, "matching.sql")
log = get_logger(__name__)


class UnconfirmedDifferError(Exception):
    """What was kept of journals without a line was not what all postings say. It was thrown away."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a journal moved at a rail that no line confirms; `since` is when it was recorded, real time."""

    journal_id: uuid.UUID
    rail: str
    currency: str
    amount: int
    since: dt.datetime

    @property
    def money(self) -> Money:
        """The amount in its currency."""
        return Money(self.amount, self.currency)


def unconfirmed(session: Session, *, most: int) -> list[Waiting]:
    """The oldest of them."""
    since = horizons.reached(session, _NAME)
    if since is None:
        return of_all_postings(session, before=None, most=most)
    # What is kept may be moved on meanwhile: the postings after it are those that it lacks when both are read.
    rows = _dated(union_all(_KEPT, _moved(since, after=horizons.of(_NAME))), None, most).subquery("rows")
    # And it may be thrown away: a row comes in any case, and says whether anything was kept when they were read.
    held = select(horizons.of(_NAME).label("reached")).subquery("held")
    wanted = select(held.c.reached, rows).select_from(held.outerjoin(rows, true()))
    found = session.execute(wanted.order_by(rows.c.journal_id, rows.c.rail, rows.c.currency)).all()
    if found[0].reached is None:
        return of_all_postings(session, before=None, most=most)
    return [Waiting(*row[1:]) for row in found if row.journal_id is not None]


def of_all_postings(session: Session, *, before: dt.datetime | None, most: int) -> list[Waiting]:
    """As `unconfirmed`, but without what is kept; of those recorded before a moment if given."""
    return [Waiting(*row) for row in session.execute(_dated(_moved(None), before, most))]


def keep_unconfirmed(session: Session) -> int:
    """Sweep: keep those of the postings since, and drop what is confirmed; returns how many steps were made.

    One process at a time does so; another finds nothing to do.
    """
    step = horizons.next_step(session, _NAME)
    if step is None:
        return 0
    since, through = step
    # A line lets go of its journal only when that is reversed: what is confirmed never waits again.
    over = delete(UnconfirmedJournal).where(_over(UnconfirmedJournal.journal_id))
    session.execute(over, execution_options={"synchronize_session": False})
    new = insert(UnconfirmedJournal).from_select(_NAMES, _waiting(_moved(since, through)))
    # A journal may lie on both sides of the last step.
    added = {"amount": UnconfirmedJournal.amount + new.excluded.amount}
    session.execute(new.on_conflict_do_update(index_elements=_NAMES[:3], set_=added))
    horizons.move(session, _NAME, through)
    return 1


def compare_unconfirmed(transactions: Transactions) -> int:
    """Sweep: hold what is kept once a day against what all postings say; returns how often.

    Raises UnconfirmedDifferError when they differ, so that everybody sees it; until the next ones are kept, they are
    looked for among all.
    """
    with transactions() as session:
        differing = horizons.compare(session, _NAME, differing_journals)
        if differing:
            named = [public("journal", one) for one in differing[:JOURNALS_NAMED]]
            log.error("reconciliation.unconfirmed_differ", journals=named)
            forget_unconfirmed(session)
    if differing:
        raise UnconfirmedDifferError(f"what is kept of {len(differing)} journals differs from their postings")
    return int(differing is not None)


def differing_journals(session: Session) -> list[uuid.UUID]:
    """The journals of which something else is kept than their postings and the lines say."""
    through = horizons.reached(session, _NAME)
    if through is None:
        return []
    said, kept = _waiting(_moved(None, through)), _waiting(_KEPT)
    one_sided = union(said.except_(kept), kept.except_(said)).subquery()
    return list(session.scalars(select(one_sided.c.journal_id).distinct().order_by(one_sided.c.journal_id)))


def forget_unconfirmed(session: Session) -> int:
    """Throw away what is kept: the next are found among all postings. Returns how many there were."""
    horizons.forget(session, _NAME)
    return len(session.execute(text("DELETE FROM unconfirmed_journal RETURNING journal_id")).all())


def _moved(
    since: int | None, through: int | None = None, *, after: ScalarSelect[int] | None = None
) -> Select[*tuple[Any, ...]]:
    """What the postings of a stretch moved at rails, posting by posting; from the first where `since` is None."""
    wanted = select(Posting)
    if through is not None:
        wanted = wanted.where(Posting.id <= through)
    if since is None:
        # All of them: those of our accounts are found by their indexes.
        stretch = wanted.cte("stretch").prefix_with("NOT MATERIALIZED")
    else:
        stretch = wanted.where(Posting.id > written("since", since)).cte("stretch").prefix_with("MATERIALIZED")
    rows = _STATEMENTS.moved.columns(_ID, *_COLUMNS).add_cte(stretch).subquery("moved_there").c
    moved = select(*(rows[name] for name in _NAMES))
    return moved if after is None else moved.where(rows.id > after)


def _waiting(moved: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """What journals moved together, of those that wait for a line."""
    part = moved.subquery("moved")
    key = (part.c.journal_id, part.c.rail, part.c.currency)
    amount = func.sum(part.c.amount)
    return (
        select(*key, cast(amount, BigInteger).label("amount"))
        .where(~_over(part.c.journal_id))
        .group_by(*key)
        .having(amount != 0)
    )


def _over(journal_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """Whether a line confirms a journal, or it and its mirror, which is no line's either, moved nothing in the end."""
    mirror, itself = aliased(Journal), aliased(Journal)
    over = (
        select(ExternalLine.id).where(ExternalLine.journal_id == journal_id),
        select(mirror.id).where(mirror.reverses_id == journal_id),
        select(itself.id).where(itself.id == journal_id, itself.reverses_id.is_not(None)),
    )
    # The offset keeps each a look at an index: otherwise all lines may be read to have them at hand.
    return or_(*(one.offset(0).exists() for one in over))


def _dated(
    moved: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], before: dt.datetime | None, most: int
) -> Select[*tuple[Any, ...]]:
    waiting = _waiting(moved).subquery("waiting").c
    events = select(func.min(AuditEvent.recorded_at)).where(
        AuditEvent.subject_id == waiting.journal_id, AuditEvent.kind == JOURNAL_POSTED.kind
    )
    recorded_at = events.scalar_subquery()
    wanted = select(waiting.journal_id, waiting.rail, waiting.currency, waiting.amount, recorded_at.label("since"))
    if before is not None:
        wanted = wanted.where(recorded_at < before)
    return wanted.order_by(waiting.journal_id, waiting.rail, waiting.currency).limit(most)
