"""Engines, and the one transaction edge of command line and scheduler."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from marketplace.db.keyring import KeyRing
from marketplace.db.sealed import OPTION

STATEMENT_TIMEOUT_SECONDS = 60
LONG_STATEMENT_TIMEOUT_SECONDS = 600
LOCK_TIMEOUT_SECONDS = 10
IDLE_IN_TRANSACTION_TIMEOUT_SECONDS = 120
CONNECT_TIMEOUT_SECONDS = 10


def driver_url(url: str | URL) -> URL:
    """The URL with this project's driver: `postgres://` and `postgresql://` become `postgresql+psycopg://`."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def make_engine(
    url: str | URL,
    *,
    application_name: str,
    pool_size: int = 5,
    statement_timeout_seconds: int = STATEMENT_TIMEOUT_SECONDS,
    keys: KeyRing | None = None,
) -> Engine:
    """An engine for one process; connections are opened when first needed.

    READ COMMITTED, UTC, and time limits on statements, locks and idle transactions, so that one stuck request
    cannot hold rows for ever. `application_name` is what an operator sees in pg_stat_activity.
    `keys` open what this database keeps sealed (`marketplace.db.sealed`).
    """
    options = " ".join(
        f"-c {name}={value}"
        for name, value in {
            "timezone": "UTC",
            # A server that compiles statements takes its time for each of our longer ones, again and again: on Debian's
            # PostgreSQL the checks of the books of a small market took ten times as long.
            "jit": "off",
            "statement_timeout": f"{statement_timeout_seconds}s",
            "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
            "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_TIMEOUT_SECONDS}s",
        }.items()
    )
    return create_engine(
        driver_url(url),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_recycle=1800,
        pool_use_lifo=True,  # the connection used last has its statements prepared and its caches warm
        execution_options={} if keys is None else {OPTION: keys},
        hide_parameters=True,  # an error's text goes to the log, which holds no personal data
        connect_args={
            "application_name": application_name,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": options,
        },
    )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A read-only session in which every statement sees one and the same moment; its statements may take long."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET TRANSACTION READ ONLY"))
        take_time(session)
        yield session


def take_time(session: Session) -> None:
    """Let the statements of this transaction take long: nobody waits for them."""
    session.execute(text(f"SET LOCAL statement_timeout = '{LONG_STATEMENT_TIMEOUT_SECONDS}s'"))


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One session that commits at the end and rolls back when an error leaves the block."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
