"""Bringing in what the outside says: each line of a rail's balance once, as it was said."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.kernel.ids import new_id
from marketplace.rails.port import Rail, Transactions
from marketplace.reconciliation.models import ExternalLine

OVERLAP = dt.timedelta(days=1)
"""How far back lines are read again: a rail may show one later than another that is younger."""


def import_lines(transactions: Transactions, rail: Rail) -> int:
    """Read the rail's lines, outside any transaction, and keep those that are new; returns how many."""
    with transactions() as session:
        newest = session.execute(
            select(func.max(ExternalLine.occurred_at)).where(ExternalLine.rail == rail.name)
        ).scalar_one_or_none()
    lines = list(rail.lines(None if newest is None else newest - OVERLAP))
    if not lines:
        return 0
    values = [
        {
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
        for line in lines
    ]
    new = insert(ExternalLine).on_conflict_do_nothing(index_elements=["rail", "external_id"]).returning(ExternalLine.id)
    with transactions() as session:
        return len(session.scalars(new, values).all())
