"""How far things that are kept follow the postings: what follows from them alone, and is moved on by sweeps.

Each goes at the most as far as the sums by code do (`totals`), up to where all postings are there to be seen.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import ScalarSelect, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.engine import take_time
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.ledger.snapshot_models import KeptHorizon
from marketplace.ledger.totals import totals_reached

T = TypeVar("T")
COMPARED_AFTER: Final = dt.timedelta(hours=20)


def reached(session: Session, name: str) -> int | None:
    """The posting up to which it is kept; None where it is not."""
    return session.scalar(select(KeptHorizon.through_posting_id).where(KeptHorizon.name == name))


def of(name: str) -> ScalarSelect[int]:
    """The same within a statement that reads what is kept: of one moment with it."""
    return select(KeptHorizon.through_posting_id).where(KeptHorizon.name == name).scalar_subquery()


def next_step(session: Session, name: str) -> tuple[int | None, int] | None:
    """From which posting, None for the first, up to which it can be moved on; the step may take long.

    None where nothing is left, or another process is at it.
    """
    if not _alone(session, name):
        return None
    since, through = reached(session, name), totals_reached(session)
    if through is None or (since is not None and since >= through):
        return None
    take_time(session)
    return since, through


def move(session: Session, name: str, through: int) -> None:
    """Say that it is kept up to a posting."""
    row = insert(KeptHorizon).values(name=name, through_posting_id=through)
    session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"through_posting_id": row.excluded.through_posting_id})
    )


def compare(session: Session, name: str, differing: Callable[[Session], list[T]]) -> list[T] | None:
    """What differs from what all postings say.

    None where it is not kept, was asked in the last hours, or another process is at it.
    """
    if not _alone(session, name):
        return None
    compared_at = session.scalar(select(KeptHorizon.compared_at).where(KeptHorizon.name == name))
    if compared_at is None or compared_at > real_now(session) - COMPARED_AFTER:
        return None
    take_time(session)
    found = differing(session)
    if not found:
        session.execute(update(KeptHorizon).where(KeptHorizon.name == name).values(compared_at=real_now(session)))
    return found


def _alone(session: Session, name: str) -> bool:
    return try_advisory_xact_lock(session, f"ledger.horizons {name}")


def forget(session: Session, name: str) -> None:
    """Say that it is not kept."""
    session.execute(delete(KeptHorizon).where(KeptHorizon.name == name))
