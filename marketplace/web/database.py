"""The engine of the web process and the session of one request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from marketplace.db.base import Base
from marketplace.db.engine import make_engine, snapshot
from marketplace.db.keyring import load_keys
from marketplace.web.context import KEY, AppContext, get_context
from marketplace.web.meters import meters_of


class RequestSession(BoundSession):
    """A session on the application's engine, or in tests inside the test's own transaction."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        super().__init__(db, **options)
        self._bound_to = get_context().connection or db.engine

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Engine | Connection:  # noqa: ARG002
        """The one engine there is."""
        return self._bound_to


class OwnSession(Session):
    """A session with a transaction of its own, beside that of the request."""


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with this project's engine: its driver, time limits and application name."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:  # noqa: ARG002
        context: AppContext = app.extensions[KEY]
        pool_size = options.get("pool_size", 5)
        keys = load_keys(context.settings)
        engine = make_engine(options["url"], application_name="piecework web", pool_size=pool_size, keys=keys)
        meters_of(app).watch_pool(engine, most=2 * pool_size)
        return engine


_OPTIONS = {"class_": RequestSession, "expire_on_commit": False, "join_transaction_mode": "create_savepoint"}

db = Database(metadata=Base.metadata, session_options=_OPTIONS, disable_autonaming=True)


def request_session() -> Session:
    """The session of this request: what verbs and queries take."""
    return db.session()


@contextmanager
def transactions() -> Iterator[Session]:
    """A transaction of its own, committed at the end whatever becomes of the request."""
    bind = get_context().connection or db.engine
    with OwnSession(bind, expire_on_commit=False, join_transaction_mode="create_savepoint") as session, session.begin():
        yield session


@contextmanager
def snapshots() -> Iterator[Session]:
    """A read-only transaction of its own in which every statement sees one and the same moment.

    Within the transaction of a test it is a part of that.
    """
    with snapshot(db.engine) if get_context().connection is None else transactions() as own:
        yield own
