import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from marketplace.db.hot import HotStatement, array
from marketplace.kernel.ids import new_id


def test_a_hot_statement_runs_in_the_sessions_transaction(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE noted (id uuid PRIMARY KEY, share text) ON COMMIT DROP"))
    insert = HotStatement(text("INSERT INTO noted VALUES (:id, '100 %' || :share) RETURNING share"))
    for _ in range(8):  # past the driver's threshold for preparing it
        assert insert.row(session, {"id": new_id(), "share": " of it"}) == ("100 % of it",)
    assert session.execute(text("SELECT count(*) FROM noted")).scalar_one() == 8


def test_a_hot_statement_raises_the_errors_of_sqlalchemy(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE noted (id bigint PRIMARY KEY) ON COMMIT DROP"))
    insert = HotStatement(text("INSERT INTO noted VALUES (CAST(:id AS bigint))"))
    insert.run(session, {"id": "1"})
    with pytest.raises(IntegrityError, match="duplicate key"), session.begin_nested():
        insert.run(session, {"id": "1"})
    with pytest.raises(DataError, match="invalid input"), session.begin_nested():
        insert.run(session, {"id": "one"})


def test_a_lost_connection_is_said_and_the_next_session_has_a_new_one(engine: Engine) -> None:
    one = HotStatement(text("SELECT 1"))
    with Session(engine) as session:
        session.connection().connection.driver_connection.close()  # type: ignore[union-attr]
        with pytest.raises(OperationalError, match="connection is closed"):
            one.run(session, {})
    for _ in range(6):  # more often than the pool is large
        with Session(engine) as session:
            assert one.row(session, {}) == (1,)


def test_a_hot_statement_follows_the_session_into_its_next_transaction(engine: Engine) -> None:
    number = HotStatement(text("SELECT txid_current()"))
    with Session(engine) as session:
        first = number.row(session, {})
        assert number.row(session, {}) == first
        session.commit()
        assert number.row(session, {}) != first
        session.rollback()
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_an_array_carries_any_text(session: Session) -> None:
    given = ["plain", 'a "quoted" one', "back\\slash", "{a,b}", "", "NULL", "é\n"]
    echo = HotStatement(text("SELECT CAST(:given AS text[])"))
    assert echo.row(session, {"given": array(given)}) == (given,)
    assert echo.row(session, {"given": array([])}) == ([],)


def test_nothing_in_an_array_is_null_and_its_name_is_text(session: Session) -> None:
    echo = HotStatement(text("SELECT CAST(:given AS boolean[]), CAST(:words AS text[])"))
    found = echo.row(session, {"given": array([True, None, False]), "words": array([None, "NULL"])})
    assert found == ([True, None, False], [None, "NULL"])


def test_a_hot_statement_is_planned_once_however_its_tables_grow(engine: Engine) -> None:
    counted = HotStatement(text("SELECT count(*) FROM worker_score WHERE worker_id = :worker_id"))
    plans = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE :start")
    with Session(engine) as session:
        for _ in range(3):  # transactions
            for _ in range(8):
                counted.row(session, {"worker_id": new_id()})
            ((_, custom),) = session.execute(plans, {"start": "SELECT count(*) FROM worker_score%"})
            assert custom == 0
            assert session.execute(text("SHOW plan_cache_mode")).scalar_one() == "force_generic_plan"
            session.commit()
        assert session.execute(text("SHOW plan_cache_mode")).scalar_one() == "auto"
