"""Where the crowd works: a service of its own without a web server, its clock free to be moved."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.db import clock, migrate
from marketplace.entrypoints import databases
from marketplace.entrypoints.context import Context, make_context
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.kernel.actor import system_actor
from marketplace.settings import Settings

ROUNDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A database with every sweep of the house, run when the crowd says so."""

    context: Context

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction of the serving role."""
        return self.context.transactions()

    def sweep(self, *names: str) -> int:
        """Run these sweeps over and over until none finds anything due; returns how much they did."""
        chosen = [sweep for sweep in SWEEPS if sweep.name in names]
        if len(chosen) != len(names):
            raise ValueError(f"there is no sweep {set(names) - {sweep.name for sweep in chosen}}")
        done = 0
        for _ in range(ROUNDS_MAX):
            found = sum(sum(sweep.run(self.context).values()) for sweep in chosen)
            done += found
            if not found:
                return done
        raise AssertionError(f"{names} never come to an end")

    def wait(self, span: dt.timedelta) -> None:
        """Let market time pass."""
        with self.transaction() as session:
            clock.advance(session, system_actor("crowd"), clock.market_now(session) + span, allowed=True)


@contextmanager
def opened() -> Iterator[Place]:
    """An empty market in a folder that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="piecework-crowd-") as folder:
        settings = Settings.from_env({"DATA_DIR": folder, "LOG_LEVEL": "warning"})
        with databases.running(settings) as urls:
            migrate.upgrade(urls.owner, app_role=urls.app_role)
            context = make_context(settings, application_name="piecework crowd")
            try:
                yield Place(context)
            finally:
                context.engine.dispose()
