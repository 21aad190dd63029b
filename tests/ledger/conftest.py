"""Tests of the ledger alone: journals without the jobs, installments and payouts that they would be about."""

import pytest

from tests import books
from tests.ledger.parts import OWN_CHECKS


@pytest.fixture(autouse=True)
def own_checks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "names", OWN_CHECKS)
