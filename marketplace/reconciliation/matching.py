"""Matching: a rail's line and a journal that say the same, by the rail's own reference and the exact amount.

What has no reference comes after that: `automatic`; what is left stands on 2900: `setting_aside`.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.payouts.history import move_many
from marketplace.rails.freezing import current_freeze
from marketplace.rails.port import Rail, Rails, Transactions
from marketplace.reconciliation.automatic import match_without_reference
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.line_booking import book_lines
from marketplace.reconciliation.marking import mark_all
from marketplace.reconciliation.models import UNMATCHED, ExternalLine
from marketplace.reconciliation.setting_aside import set_aside

_LOG = get_logger(__name__)
_STATEMENTS = load(__file__, "matching.sql")


def reconcile(
    transactions: Transactions, rails: Rails, limit: int = 500, told: Callable[[int], None] | None = None
) -> dict[str, int]:
    """Import every rail's lines, match what can be matched, book what rails began, set aside what nothing explains.

    `told` hears how many more lines were looked at. Returns counts (a sweep).
    """
    imported = sum(_import(transactions, rails[name]) for name in sorted(rails))
    matched = 0
    after: uuid.UUID | None = None
    while True:
        with transactions() as session:
            seen, done = match(session, limit, after)
        matched += done
        if told is not None:
            told(len(seen))
        if len(seen) < limit:
            break
        after = seen[-1]
    began = book_lines(transactions) + match_without_reference(transactions, rails)
    with transactions() as session:
        # After a restore a line may belong to a payout that is adopted only when the rails are read back.
        unexplained = 0 if current_freeze(session) is not None else set_aside(session)
    return {"imported": imported, "matched": matched + began, "set_aside": unexplained}


def _import(transactions: Transactions, rail: Rail) -> int:
    try:
        return import_lines(transactions, rail)
    except Exception as problem:  # noqa: BLE001 - a rail that cannot be asked must not keep the others waiting
        _LOG.warning("rail_lines_broke", rail=rail.name, problem=repr(problem))
        return 0


def match(session: Session, limit: int = 500, after: uuid.UUID | None = None) -> tuple[list[uuid.UUID], int]:
    """Match up to `limit` unmatched lines with ids above `after`; returns the ids looked at and how many matched.

    A line that differs in any way from what we booked stays unmatched: it is a discrepancy. A payout whose line is
    found turns from settled to reconciled. Lines that another process is matching are left to it. The statements are as
    many however many lines there are. Locks lines, then payouts, both in the order of their ids.
    """
    query = select(ExternalLine).where(ExternalLine.state == UNMATCHED)
    if after is not None:
        query = query.where(ExternalLine.id > after)
    lines = session.scalars(query.order_by(ExternalLine.id).limit(limit).with_for_update(skip_locked=True)).all()
    if not lines:
        return [], 0
    candidates = _candidates(session, lines)
    found: dict[uuid.UUID, tuple[ExternalLine, Row[Any]]] = {}
    for line in lines:
        row = _fitting(line, candidates.get(line.id, ()))
        # Two lines of one charge: the first has the journal, the second is a discrepancy.
        if row is not None:
            found.setdefault(row.journal_id, (line, row))
    if found:
        mark_all(session, system_actor("reconcile"), [(line, journal_id) for journal_id, (line, _) in found.items()])
        bodies = {
            row.payout_id: {"line": public("external_line", line.id)}
            for line, row in found.values()
            if row.payout_id is not None
        }
        move_many(session, "settled", "reconciled", "reconciled", bodies)
    return [line.id for line in lines], len(found)


def _candidates(session: Session, lines: Sequence[ExternalLine]) -> dict[uuid.UUID, list[Row[Any]]]:
    found: dict[uuid.UUID, list[Row[Any]]] = {}
    for row in session.execute(_STATEMENTS.candidates, {"line_ids": [line.id for line in lines]}):
        found.setdefault(row.line_id, []).append(row)
    return found


def _fitting(line: ExternalLine, candidates: Sequence[Row[Any]]) -> Row[Any] | None:
    """The one journal that moves exactly what the line says."""
    fitting = [row for row in candidates if (row.moved, row.moved_currency) == (line.amount, line.currency)]
    return fitting[0] if len(fitting) == 1 else None
