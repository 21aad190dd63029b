"""Sessions of which nothing stays."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.invariants import check_invariants


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """A session on the engine; commits inside end at savepoints, and everything is rolled back at the end.

    The invariants of money are checked before that.
    """
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
            if made.is_active:
                check_invariants(made)
        if outer.is_active:
            outer.rollback()
