"""Statements on the hottest paths, handed to the driver without SQLAlchemy's execution layer.

Measured on one core: of the client's processor time for a small statement (about 190 microseconds through
`Session.execute`) three quarters are SQLAlchemy's. A statement that runs in every claim is worth the short way; all
others are not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

_WAY: Final = "hot way"
_OUTERMOST: Final = "hot way's transaction"
PLANNED_ONCE: Final = "plan_cache_mode=force_generic_plan"
"""PostgreSQL otherwise weighs for each statement of a connection whether to plan it anew with every execution, by what
it cost before. Where the tables have grown since the connection was made it does so for good, and plans a claim longer
than it runs it."""

_DIALECT: Final = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Way:
    """A cursor of the session's connection, good for one transaction or savepoint."""

    transaction: SessionTransaction | None
    cursor: psycopg.RawCursor[tuple[Any, ...]]


class HotStatement:
    """One named statement, turned once into the driver's form; prepared by the driver after a few uses.

    It runs in the session's own transaction, but flushes nothing before and fires no SQLAlchemy events. Values must be
    of types the driver knows (UUID, datetime, int, text, bytes; `array` for many). Raises SQLAlchemy's errors, as
    `Session.execute` does.
    """

    def __init__(self, clause: TextClause) -> None:
        compiled: Any = clause.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run it; what it returns is not looked at."""
        self._execute(session, values)

    def row(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it and give its first row as a plain tuple, None when there is none."""
        return self._execute(session, values).fetchone()

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it and give all its rows as plain tuples."""
        return self._execute(session, values).fetchall()

    def execute(
        self, cursor: psycopg.RawCursor[tuple[Any, ...]], values: Mapping[str, Any]
    ) -> psycopg.RawCursor[tuple[Any, ...]]:
        """Run it with a cursor of the driver; raises the driver's errors."""
        return cursor.execute(self._sql, [values[name] for name in self._names])

    def _execute(self, session: Session, values: Mapping[str, Any]) -> psycopg.RawCursor[tuple[Any, ...]]:
        try:
            return self.execute(_way(session).cursor, values)
        except psycopg.Error as error:
            connection = session.connection()
            lost = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
            if lost:
                session.info.pop(_WAY, None)
                connection.invalidate(error)  # else the session would try to roll back on it
            raise DBAPIError.instance(self._sql, None, error, psycopg.Error, connection_invalidated=lost) from error


def _way(session: Session) -> _Way:
    """Found once in a transaction: asking the session for its connection costs as much as a small statement."""
    known: _Way | None = session.info.get(_WAY)
    if known is not None and known.transaction is _transaction(session):
        return known
    driver = session.connection().connection  # begins the transaction or savepoint that the session has promised
    way = _Way(_transaction(session), psycopg.RawCursor(driver.driver_connection))  # type: ignore[arg-type]
    if session.get_transaction() is not session.info.get(_OUTERMOST):
        way.cursor.execute(f"SET LOCAL {PLANNED_ONCE}")
        session.info[_OUTERMOST] = session.get_transaction()
    session.info[_WAY] = way
    return way


def _transaction(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def array(values: Iterable[object]) -> str:
    """A PostgreSQL array as text, which the driver passes on for a quarter of what a list costs; None becomes NULL."""
    return "{" + ",".join("NULL" if value is None else _quoted(str(value)) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
