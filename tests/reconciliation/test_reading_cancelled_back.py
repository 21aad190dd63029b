"""What was cancelled after the backup and paid anew is in the restored database as it was, and is not paid again."""

import uuid

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.payouts import approving
from marketplace.payouts.models import DESTINATION, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.rails.port import PayoutInstruction
from tests.builders.payouts import (
    make_approved_run,
    payout_of,
    states,
)
from tests.invariants import check_invariants
from tests.reconciliation.test_reading_back import Market, market

__all__ = ["market"]


@pytest.mark.parametrize("kept", ["prepared", "approved", "refused"])
def test_what_was_cancelled_after_the_backup_and_paid_anew_is_not_paid_twice(
    session: Session, market: Market, kept: str
) -> None:
    run = prepare_run(session, market.finance.preparer, "sandbox")
    if kept != "prepared":
        approving.approve_run(session, market.finance.approver, run.id)
    if kept == "refused":
        market.fail("refuse", market.chain.workers[0].person)
        assert market.execute(run)["refused"] == 1
    run_id, before = run.id, market.transfers()
    market.backup()
    if kept == "refused":
        approving.cancel_payout(session, market.finance.approver, payout_of(session, run, market.chain.workers[0]).id)
    else:
        approving.cancel_run(session, market.finance.preparer, run.id)
    market.execute(make_approved_run(session, market.finance))
    sent = market.transfers()
    assert sent > before

    market.restore()
    outcome = market.read_back()

    assert (outcome.rebuilt, outcome.left) == (sent - before, [])
    run = session.get_one(PayoutRun, run_id)
    if kept == "prepared":
        approving.approve_run(session, market.finance.approver, run_id)
    market.execute(run)
    assert market.paid_twice() == []
    assert "cancelled" in states(session, run)
    check_invariants(session)


def test_what_is_not_paid_anew_is_not_cancelled_by_a_transfer_that_fits_nothing(
    session: Session, market: Market
) -> None:
    run = make_approved_run(session, market.finance)
    destination = DESTINATION.get(session, payout_of(session, run, market.chain.workers[0]))
    market.backup()
    market.rail.pay_out(PayoutInstruction(uuid.uuid4(), 1, destination, Money.parse("7.77", "CNY")))

    market.restore()
    outcome = market.read_back()

    assert (len(outcome.left), outcome.rebuilt) == (1, 0)
    assert states(session, session.get_one(PayoutRun, run.id)) == {"approved": 3}
