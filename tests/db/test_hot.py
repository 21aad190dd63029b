import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from marketplace.db.hot import HotStatement
from marketplace.kernel.ids import new_id


def test_a_hot_statement_runs_in_the_sessions_transaction(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE noted (id uuid PRIMARY KEY, share text) ON COMMIT DROP"))
    insert = HotStatement(text("INSERT INTO noted VALUES (:id, '100 %' || :share) RETURNING share"))
    for _ in range(8):  # past the driver's threshold for preparing it
        assert insert.execute(session, {"id": new_id(), "share": " of it"}).fetchall() == [("100 % of it",)]
    assert session.execute(text("SELECT count(*) FROM noted")).scalar_one() == 8


def test_a_hot_statement_raises_the_errors_of_sqlalchemy(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE noted (id bigint PRIMARY KEY) ON COMMIT DROP"))
    insert = HotStatement(text("INSERT INTO noted VALUES (CAST(:id AS bigint))"))
    insert.execute(session, {"id": "1"})
    with pytest.raises(IntegrityError, match="duplicate key"), session.begin_nested():
        insert.execute(session, {"id": "1"})
    with pytest.raises(DataError, match="invalid input"), session.begin_nested():
        insert.execute(session, {"id": "one"})


def test_a_lost_connection_is_said_and_the_next_session_has_a_new_one(engine: Engine) -> None:
    one = HotStatement(text("SELECT 1"))
    with Session(engine) as session:
        session.connection().connection.driver_connection.close()  # type: ignore[union-attr]
        with pytest.raises(OperationalError, match="connection is closed"):
            one.execute(session, {})
    for _ in range(6):  # more often than the pool is large
        with Session(engine) as session:
            assert one.execute(session, {}).fetchone() == (1,)
