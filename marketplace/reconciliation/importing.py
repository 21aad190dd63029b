"""Bringing in what the outside says: each line of a rail's balance once, as it was said."""

import datetime as dt
from itertools import islice
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.kernel.ids import new_id
from marketplace.rails.port import Rail, RailLine, Transactions
from marketplace.reconciliation.models import ExternalLine

OVERLAP: Final = dt.timedelta(days=1)
"""How far back lines are read again: a rail may show one later than another that is younger."""

PORTION: Final = 1_000
"""So many lines are held, and kept, at a time."""

_NEW: Final = (
    insert(ExternalLine).on_conflict_do_nothing(index_elements=["rail", "external_id"]).returning(ExternalLine.id)
)


def import_lines(transactions: Transactions, rail: Rail, portion: int = PORTION) -> int:
    """Read the rail's lines, outside any transaction, and keep those that are new; returns how many.

    Portion after portion, each committed: no more lines are held at a time, and where one cannot be kept the next call
    goes on from there, because a rail tells the oldest first.
    """
    with transactions() as session:
        newest = session.execute(
            select(func.max(ExternalLine.occurred_at)).where(ExternalLine.rail == rail.name)
        ).scalar_one_or_none()
    lines = iter(rail.lines(None if newest is None else newest - OVERLAP))
    kept = 0
    while some := list(islice(lines, portion)):
        with transactions() as session:
            kept += len(session.scalars(_NEW, [_row(rail, line) for line in some]).all())
    return kept


def _row(rail: Rail, line: RailLine) -> dict[str, object]:
    return {
        "id": new_id(),
        "rail": rail.name,
        "external_id": line.external_id,
        "kind": line.kind,
        "amount": line.amount.amount,
        "currency": line.currency,
        "occurred_at": line.occurred_at,
        "reference": line.reference,
        "charge": line.charge,
        "fee": 0 if line.fee is None else line.fee.amount,
    }
