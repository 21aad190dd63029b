"""Long work for tests: queued, made due, made silent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.operations import starting
from marketplace.operations.models import Operation
from marketplace.operations.run import Transactions


def inside(session: Session) -> Transactions:
    """Transactions within the test's own."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with session.begin_nested():
            yield session

    return opened


def queue(session: Session, actor: Actor, kind: str = "count", **parameters: Any) -> Operation:
    """An operation about the actor's own organization."""
    subject = ("organization", actor.organization)
    return starting.start(session, actor, kind=kind, subject=subject, parameters=parameters)


def found(session: Session, operation_id: uuid.UUID) -> Operation:
    """The operation as the database has it now."""
    return session.get_one(Operation, operation_id, populate_existing=True)


def make_due(session: Session) -> None:
    """The waits between attempts are over."""
    session.execute(text("UPDATE operation SET due_at = statement_timestamp() WHERE state = 'queued'"))


def make_silent(session: Session) -> None:
    """The leases of all runs are over, as if their processes had been killed."""
    session.execute(text("UPDATE operation SET lease_until = statement_timestamp() WHERE state = 'running'"))


def states(session: Session) -> Mapping[uuid.UUID, str]:
    """Every operation's state."""
    rows = session.execute(text("SELECT id, state FROM operation"))
    return {row.id: row.state for row in rows}
