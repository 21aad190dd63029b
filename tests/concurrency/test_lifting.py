"""A freeze that comes while another person has the rails read back, with real commits."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.rails import freezing
from marketplace.rails.port import RailLine
from marketplace.reconciliation.reading_back import ReadBack, unfreeze
from tests.builders.payouts import Finance, make_finance

OPERATIONS = system_actor("tests")


@pytest.fixture
def finance(committing_engine: Engine) -> Finance:
    """Two of finance; payouts are frozen since now, and the approver asked that they be sent again."""
    with transaction(committing_engine) as session:
        made = make_finance(session)
        freezing.freeze(session, OPERATIONS, "a drill", market_now(session))
    ask(committing_engine, made)
    return made


def ask(engine: Engine, finance: Finance) -> None:
    with transaction(engine) as session:
        freezing.ask_to_lift(session, finance.approver, "The drill is over.")


def read_back(engine: Engine, finance: Finance, rail: SandboxRail) -> ReadBack:
    return unfreeze(lambda: transaction(engine), finance.preparer, {"sandbox": rail})


def waits_for_the_row(engine: Engine) -> None:
    """Return once somebody waits for another's row."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
    with engine.connect() as connection:
        while not connection.execute(waiting).scalar_one():
            connection.rollback()


class Meanwhile(SandboxRail):
    """A rail during whose answer somebody freezes payouts, and the approver asks anew."""

    def __init__(self, engine: Engine, finance: Finance, read_from: dt.datetime) -> None:
        super().__init__(lambda: transaction(engine))
        self.engine, self.finance, self.read_from = engine, finance, read_from

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:
        with transaction(self.engine) as session:
            freezing.freeze(session, OPERATIONS, "restored", self.read_from)
        ask(self.engine, self.finance)
        return super().lines(since)


@pytest.mark.parametrize("days", [30, 0])
def test_a_freeze_during_the_reading_back_is_not_lifted_by_it_though_it_was_asked_anew(
    committing_engine: Engine, finance: Finance, days: int
) -> None:
    with transaction(committing_engine) as session:
        found = freezing.require_frozen(session).read_from
        assert found is not None
    rail = Meanwhile(committing_engine, finance, found - dt.timedelta(days=days))
    with pytest.raises(DomainError, match="state_conflict"):
        read_back(committing_engine, finance, rail)
    with transaction(committing_engine) as session:
        assert freezing.require_frozen(session).read_from == rail.read_from
    assert read_back(committing_engine, finance, SandboxRail(lambda: transaction(committing_engine))) == ReadBack()


def test_a_freeze_that_is_not_yet_committed_when_the_other_is_lifted_stands(
    committing_engine: Engine, finance: Finance
) -> None:
    rail = SandboxRail(lambda: transaction(committing_engine))
    with ThreadPoolExecutor(1) as pool:
        with transaction(committing_engine) as session:
            freezing.freeze(session, OPERATIONS, "the bank called", None)
            lifted = pool.submit(read_back, committing_engine, finance, rail)
            waits_for_the_row(committing_engine)
        with pytest.raises(DomainError, match="state_conflict"):
            lifted.result()
    with transaction(committing_engine) as session:
        assert freezing.current_freeze(session) is not None
