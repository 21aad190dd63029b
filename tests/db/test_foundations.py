import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.db.engine import driver_url, transaction
from marketplace.db.locks import advisory_xact_lock, try_advisory_xact_lock


def test_the_database_makes_ids_of_version_seven_that_follow_time(session: Session) -> None:
    before = time.time_ns() // 1_000_000
    made: list[uuid.UUID] = [session.scalars(text("SELECT uuid7()")).one() for _ in range(50)]
    after = time.time_ns() // 1_000_000 + 1
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {uuid.RFC_4122}
    assert all(before <= one.int >> 80 <= after for one in made)
    assert len(set(made)) == 50


def test_urls_of_every_common_spelling_get_this_projects_driver() -> None:
    for url in ("postgres://a@b/c", "postgresql://a@b/c", "postgresql+psycopg://a@b/c"):
        assert driver_url(url).drivername == "postgresql+psycopg"


def test_what_a_failed_statement_was_about_is_not_said(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as refused, transaction(engine) as session:
        session.execute(text("SELECT CAST(:email AS text) COLLATE nowhere"), {"email": "amina@example.test"})
    assert "amina" not in str(refused.value)


def test_connections_speak_utc_and_do_not_wait_for_ever(session: Session) -> None:
    shown = [session.scalars(text(f"SHOW {name}")).one() for name in ("timezone", "lock_timeout", "statement_timeout")]
    assert shown == ["UTC", "10s", "1min"]


def test_an_advisory_lock_is_held_to_the_end_of_the_transaction(committing_engine: Engine) -> None:
    with transaction(committing_engine) as first:
        advisory_xact_lock(first, "something", 1)
        with transaction(committing_engine) as second:
            assert not try_advisory_xact_lock(second, "something", 1)
            assert try_advisory_xact_lock(second, "something", 2)
    with transaction(committing_engine) as third:
        assert try_advisory_xact_lock(third, "something", 1)


def test_an_error_rolls_the_transaction_back(committing_engine: Engine) -> None:
    def attempt(_: int) -> None:
        with transaction(committing_engine) as session:
            session.execute(text("UPDATE market_clock SET ahead_microseconds = 5"))
            raise RuntimeError

    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(attempt, 0).exception(), RuntimeError)
    with transaction(committing_engine) as session:
        assert session.scalar(text("SELECT ahead_microseconds FROM market_clock")) == 0
