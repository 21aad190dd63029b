"""The sweeps as one looks at them: each with the question how long its oldest due row has waited."""

from typing import Final

from marketplace.db.sql import load
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.operations.sweep_runs import Watched

OLDEST_DUE: Final = load(__file__, "due.sql")

WATCHED: Final = tuple(
    Watched(sweep.name, sweep.every_seconds, sweep.meaning, getattr(OLDEST_DUE, sweep.name)) for sweep in SWEEPS
)
"""Every sweep; an AttributeError here says that `due.sql` lacks the statement named as a sweep."""
