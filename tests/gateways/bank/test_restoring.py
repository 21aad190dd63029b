"""A restored database has forgotten a file at the bank; it is told by a savepoint, the bank is outside."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank_models import BankInstruction
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.freezing import freeze
from tests.builders.payees import move_to
from tests.builders.payouts import inside, make_due_chain, make_finance, unfrozen
from tests.gateways.bank.imitation import OURS
from tests.gateways.bank.standing import WRITTEN, AtTheBank


@pytest.mark.parametrize("kept", ["due", "approved"])
def test_a_payment_in_a_file_that_the_database_forgot_is_found_on_the_statement_and_not_paid_again(
    session: Session, there: AtTheBank, kept: str
) -> None:
    chain, finance, rails = make_due_chain(session), make_finance(session), {"bank": there.rail}
    move_to(session, chain.workers[0], there.rail.clean_account(WRITTEN), rail="bank")
    backup, since = session.begin_nested(), market_now(session)
    run = prepare_run(session, finance.preparer, "bank")
    approve_run(session, finance.approver, run.id)
    if kept == "approved":
        backup = session.begin_nested()
    execute_run(inside(session), finance.preparer, rails, run.id)
    there.send()
    backup.rollback()
    session.expire_all()
    assert session.scalars(select(func.count()).select_from(BankInstruction)).one() == 0
    freeze(session, system_actor("tests"), "restored", since)
    with pytest.raises(DomainError, match="rail_silent"):
        unfrozen(session, finance, rails)

    import_statements(session, there.finance, OURS, there.bank.camt(since.date()))
    outcome = unfrozen(session, finance, rails)

    assert outcome.left == []
    payout = session.scalars(select(Payout)).one()
    assert payout.state == "reconciled"
    assert there.send() == [], "nothing is paid again"
