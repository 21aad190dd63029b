"""What a runner is given, and what it gives back."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.identity.authentication import actor_of_person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FORBIDDEN

Transactions = Callable[[], AbstractContextManager[Session]]

LEASE: Final = dt.timedelta(seconds=60)
"""How long a run may be silent before others take it for crashed; real time."""

RENEW_SECONDS: Final = 1.0
"""Progress is written, and the lease renewed, at most this often."""

STATEMENTS: Final = load(__file__, "running.sql")


class StopRunError(Exception):
    """The run must end now; a runner lets these through."""


class CancelledError(StopRunError):
    """Somebody asked for the operation to be cancelled."""


class LeaseLostError(StopRunError):
    """Another process has taken the operation over, or it has ended: nothing of this run counts any more."""


class InterruptedRunError(StopRunError):
    """The process is about to stop; another one begins the operation anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: the operation's result, and what takes effect with it.

    `effect` is called in the transaction that ends the operation, after the lease was found to be this run's still:
    either both are committed or neither.
    """

    result: Mapping[str, Any]
    effect: Callable[[Session], None] | None = None


@dataclass(slots=True)
class Run:
    """One attempt at an operation. A runner begins from the start, for an earlier attempt may have broken anywhere.

    `token` is this attempt's alone: what a runner leaves outside the database is best named by it.
    """

    transactions: Transactions
    id: uuid.UUID
    kind: str
    organization_id: uuid.UUID
    person_id: uuid.UUID
    subject: tuple[str, uuid.UUID]
    parameters: Mapping[str, Any]
    attempt: int
    token: uuid.UUID
    stopping: Callable[[], bool] = lambda: False
    renew_seconds: float = RENEW_SECONDS
    done: int = 0
    total: int | None = None
    _written: float = field(default_factory=time.monotonic)

    def progress(self, done: int | None = None, total: int | None = None) -> None:
        """Say how far it is and keep the lease; to be called at least every few seconds, however often is cheap.

        Without numbers it only keeps the lease. Raises StopRunError when the run must end.
        """
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        if self.stopping():
            raise InterruptedRunError
        now = time.monotonic()
        if now - self._written < self.renew_seconds:
            return
        self._written = now
        with self.transactions() as session:
            values = {"id": self.id, "token": self.token, "lease_seconds": LEASE.total_seconds()}
            row = session.execute(STATEMENTS.renew, {**values, "done": self.done, "total": self.total}).one_or_none()
        if row is None:
            raise LeaseLostError
        if row.cancelled:
            raise CancelledError

    def actor(self, session: Session) -> Actor:
        """Who asked for it, with the rights they have now; raises forbidden when they have none left."""
        actor = actor_of_person(session, self.person_id, self.organization_id, via="operation")
        if actor is None:
            raise FORBIDDEN.error("Who asked for this is not a member of the organization any more.")
        return actor


Runner = Callable[[Run], Outcome]
"""Does the work of one kind. Raises a refusal of the domain to fail at once; whatever else it raises is tried again."""
