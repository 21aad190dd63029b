"""How far things that are kept follow the postings: what follows from them alone, and is moved on by sweeps.

Each goes at the most as far as the sums by code do (`totals`), up to where all postings are there to be seen.
"""

import datetime as dt
from typing import Final

from sqlalchemy import ScalarSelect, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.ledger.snapshot_models import KeptHorizon
from marketplace.ledger.totals import totals_reached

COMPARED_AFTER: Final = dt.timedelta(hours=20)


def reached(session: Session, name: str) -> int | None:
    """The posting up to which it is kept; None where it is not."""
    return session.scalar(select(KeptHorizon.through_posting_id).where(KeptHorizon.name == name))


def of(name: str) -> ScalarSelect[int]:
    """The same within a statement that reads what is kept: of one moment with it."""
    return select(KeptHorizon.through_posting_id).where(KeptHorizon.name == name).scalar_subquery()


def next_step(session: Session, name: str) -> tuple[int | None, int] | None:
    """From which posting, None for the first, up to which it can be moved on; None where nothing is left."""
    since, through = reached(session, name), totals_reached(session)
    if through is None or (since is not None and since >= through):
        return None
    return since, through


def move(session: Session, name: str, through: int) -> None:
    """Say that it is kept up to a posting."""
    row = insert(KeptHorizon).values(name=name, through_posting_id=through)
    session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"through_posting_id": row.excluded.through_posting_id})
    )


def compare_due(session: Session, name: str) -> bool:
    """Whether it is kept and was not held against all postings in the last hours."""
    compared_at = session.scalar(select(KeptHorizon.compared_at).where(KeptHorizon.name == name))
    return compared_at is not None and compared_at <= real_now(session) - COMPARED_AFTER


def compared(session: Session, name: str) -> None:
    """Say that it was held against all postings, and is the same."""
    session.execute(update(KeptHorizon).where(KeptHorizon.name == name).values(compared_at=real_now(session)))


def forget(session: Session, name: str) -> None:
    """Say that it is not kept."""
    session.execute(delete(KeptHorizon).where(KeptHorizon.name == name))
