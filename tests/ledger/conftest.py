"""Tests of the ledger alone: journals without the jobs, installments and payouts that they would be about."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from tests import books
from tests.builders.payouts import Finance, make_finance
from tests.builders.settlement import move_clock_to
from tests.ledger.parts import OWN_CHECKS


@pytest.fixture(autouse=True)
def own_checks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "names", OWN_CHECKS)


@pytest.fixture
def finance(session: Session) -> Finance:
    """Two people of finance, on a day of January 2027."""
    move_clock_to(session, dt.date(2027, 1, 10))
    return make_finance(session)
