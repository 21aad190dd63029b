"""Restores between the moments at which a worker takes pay early, is paid, and the backup."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout
from marketplace.rails import freezing
from tests.builders.advances import parts_of, take
from tests.builders.payouts import make_approved_run, payout_of
from tests.invariants import check_invariants
from tests.reconciliation.test_reading_back import Market


@pytest.fixture
def market(session: Session, committing_engine: Engine) -> Market:
    return Market(session, committing_engine)


def test_a_run_that_paid_what_was_taken_early_is_rebuilt_with_its_fee(session: Session, market: Market) -> None:
    worker = market.chain.workers[0]
    take(session, worker, parts_of(session, worker)[1])
    market.backup()
    run = make_approved_run(session, market.finance)
    assert market.execute(run) == {"settled": 3}
    # 0.875 due, and 0.875 taken early for 0.00875.
    assert payout_of(session, run, worker).money == Money.parse("1.74", "CNY")

    market.restore()
    outcome = market.read_back()

    assert (outcome.rebuilt, outcome.left) == (3, [])
    fees = {payout.fee for payout in session.query(Payout)}
    assert fees == {Money.parse("0.00875", "CNY"), Money.zero("CNY")}
    assert [row.state for row in parts_of(session, worker)] == ["paid", "paid"]
    check_invariants(session)


def test_what_was_taken_early_after_the_backup_and_paid_is_for_people_to_explain(
    session: Session, market: Market
) -> None:
    worker = market.chain.workers[0]
    market.execute(make_approved_run(session, market.finance))
    market.backup()
    take(session, worker, parts_of(session, worker)[1])
    assert market.execute(make_approved_run(session, market.finance)) == {"settled": 1}

    market.restore()
    outcome = market.read_back()

    assert len(outcome.left) == 1
    assert freezing.current_freeze(session) is not None
    assert [row.state for row in parts_of(session, worker)] == ["paid", "scheduled"]
