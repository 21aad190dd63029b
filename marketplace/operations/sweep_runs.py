"""What became of each sweep's runs, and how long its oldest due row has waited.

The figures lie in the database, not in a process: whichever process is asked tells the same, and none is lost with
the process that swept.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.sql import load
from marketplace.operations.sweep_models import SweepRun

LATE_AFTER_TICKS: Final = 10
LATE_AFTER_SECONDS_MIN: Final = 300
"""A sweep is late whose last run ended longer ago than both."""

_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60))
_STATEMENTS = load(__file__, "sweep_runs.sql")


@dataclass(frozen=True, slots=True)
class Watched:
    """A sweep as one looks at it; `oldest_due` asks for one interval, see `entrypoints/due.sql`."""

    name: str
    every_seconds: float
    meaning: str
    oldest_due: TextClause


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sweep stands: its runs, None before the first; `waited` is None where nothing is due or it is unknown."""

    sweep: Watched
    run: SweepRun | None
    waited: dt.timedelta | None
    late: bool

    @property
    def failing(self) -> bool:
        """Whether the last run failed."""
        return self.run is not None and self.run.failed_at == self.run.ended_at

    @property
    def state(self) -> str:
        """In a word: well, late or failing."""
        return "failing" if self.failing else "late" if self.late else "well"

    @property
    def waits(self) -> str:
        """How long the oldest due row has waited, such as "90 s" or "3 d"; empty where none does."""
        if self.waited is None:
            return ""
        seconds = int(self.waited.total_seconds())
        unit, size = next((known for known in _UNITS if seconds >= 2 * known[1]), ("s", 1))
        return f"{seconds // size} {unit}"


def note_run(session: Session, name: str, *, milliseconds: int, rows: int, error: str | None = None) -> None:
    """Write one run down. Losing the last moments of this in a crash costs nothing, so that nobody waits for a disk."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    values = {"name": name, "milliseconds": milliseconds, "rows": rows, "error": error}
    session.execute(_STATEMENTS.note_run, values)


def standings(session: Session, sweeps: Sequence[Watched]) -> list[Standing]:
    """How each of these sweeps stands, in their order: one small statement for each."""
    runs = {run.name: run for run in session.scalars(select(SweepRun), execution_options={"populate_existing": True})}
    now = real_now(session)
    return [
        Standing(sweep, run := runs.get(sweep.name), _waited(session, sweep), _late(sweep, run, now))
        for sweep in sweeps
    ]


def _waited(session: Session, sweep: Watched) -> dt.timedelta | None:
    waited: dt.timedelta | None = session.scalar(sweep.oldest_due)
    return waited if waited is not None and waited > dt.timedelta(0) else None


def _late(sweep: Watched, run: SweepRun | None, now: dt.datetime) -> bool:
    seconds = max(LATE_AFTER_TICKS * sweep.every_seconds, LATE_AFTER_SECONDS_MIN)
    return run is None or now - run.ended_at > dt.timedelta(seconds=seconds)
