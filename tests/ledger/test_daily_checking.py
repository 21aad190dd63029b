import datetime as dt

import pytest
from sqlalchemy import Engine, select, text

from marketplace.audit.models import AuditEvent
from marketplace.db.engine import transaction
from marketplace.kernel.ids import new_id
from marketplace.ledger.daily_checking import BooksDoNotHoldError, check_books, newest_check
from tests.builders.at_once import at_once
from tests.ledger.parts import cny, deposit, fill


@pytest.fixture
def market(committing_engine: Engine) -> Engine:
    with transaction(committing_engine) as session:
        fill(session, deposit(new_id()), cny("10"))
    return committing_engine


def yesterday(owner: Engine) -> None:
    """As if the check had been yesterday's."""
    with owner.connect() as connection, connection.begin():
        connection.execute(text("ALTER TABLE books_check DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE books_check SET day = day - 1"))
        connection.execute(text("ALTER TABLE books_check ENABLE TRIGGER USER"))


def test_books_without_a_journal_are_not_looked_at(committing_engine: Engine) -> None:
    assert check_books(committing_engine) == 0


def test_the_books_are_checked_once_a_day_and_the_log_says_so(market: Engine, committing_owner_engine: Engine) -> None:
    assert check_books(market) > 20
    assert check_books(market) == 0
    yesterday(committing_owner_engine)
    assert check_books(market) > 20
    with transaction(market) as session:
        newest = newest_check(session)
        assert newest is not None
        today = dt.datetime.now(dt.UTC).date()
        assert newest.failed == []
        assert newest.day in {today, today - dt.timedelta(days=1)}, "midnight may have passed meanwhile"
        assert len(session.scalars(select(AuditEvent).where(AuditEvent.kind == "books.checked")).all()) == 2


def test_processes_that_check_at_once_check_once(market: Engine) -> None:
    assert at_once(*[lambda: check_books(market)] * 4) == {"done": 4}
    with transaction(market) as session:
        assert session.scalar(text("SELECT count(*) FROM books_check")) == 1


def test_what_does_not_hold_is_written_down_and_fails_the_sweep(market: Engine) -> None:
    alter = "UPDATE account_balance SET balance = balance + {0}"
    with transaction(market) as session:
        session.execute(text(alter.format(1)))
    with pytest.raises(BooksDoNotHoldError, match="I10"):
        check_books(market)
    with transaction(market) as session:
        newest = newest_check(session)
        assert newest is not None
        assert "I10" in newest.failed
        session.execute(text(alter.format(-1)))


def test_a_check_sees_the_books_at_one_moment(market: Engine) -> None:
    """Journals that come while it runs are in all of its statements or in none."""

    def post_many() -> None:
        for _ in range(30):
            with transaction(market) as session:
                client = deposit(new_id())
                fill(session, client, cny("1"), key=str(client.owner_id))

    assert at_once(post_many, post_many, lambda: check_books(market)) == {"done": 3}
    with transaction(market) as session:
        newest = newest_check(session)
        assert newest is not None
        assert newest.failed == []
