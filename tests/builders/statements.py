"""The statements that something sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement that SQLAlchemy sends on the session's connection meanwhile, in order."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


@contextmanager
def rows(session: Session) -> Iterator[list[int]]:
    """How many rows each statement on the session's connection answered with, or touched, meanwhile, in order."""
    counts: list[int] = []

    def note(*arguments: Any) -> None:
        counts.append(max(arguments[1].rowcount, 0))

    connection = session.connection()
    event.listen(connection, "after_cursor_execute", note)
    try:
        yield counts
    finally:
        event.remove(connection, "after_cursor_execute", note)
