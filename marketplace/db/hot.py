"""Statements on the hottest paths, handed to the driver without SQLAlchemy's execution layer.

Measured on one core: of the client's processor time for a small statement (about 190 microseconds through
`Session.execute`) three quarters are SQLAlchemy's. A statement that runs in every claim is worth the short way; all
others are not.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


class HotStatement:
    """One named statement, turned once into the driver's form; prepared by the driver after a few uses.

    It runs in the session's own transaction, but flushes nothing before and fires no SQLAlchemy events. Values must be
    of types the driver knows (UUID, datetime, int, text, bytes, lists of these).
    """

    def __init__(self, clause: TextClause) -> None:
        self._sql = str(clause.compile(dialect=dialect()))  # type: ignore[no-untyped-call]

    def execute(self, session: Session, values: Mapping[str, Any]) -> DBAPICursor:
        """Run it; rows come as tuples from the cursor. Raises SQLAlchemy's errors, as `Session.execute` does."""
        connection = session.connection()
        driver = connection.connection
        try:
            cursor = driver.cursor()
            cursor.execute(self._sql, values)
        except psycopg.Error as error:
            lost = connection.dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
            if lost:
                connection.invalidate(error)  # else the session would try to roll back on it
            raise DBAPIError.instance(self._sql, None, error, psycopg.Error, connection_invalidated=lost) from error
        return cursor
