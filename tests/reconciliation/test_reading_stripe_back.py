"""The same story over Stripe: its real library against the imitation, which keeps what it paid."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails import freezing
from tests.builders.payouts import inside, make_due_chain, make_finance, unfrozen
from tests.builders.stripe import give_accounts
from tests.invariants import check_invariants


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        server.state.given = {"cny": 10**9}
        yield server


@pytest.mark.parametrize("kept", ["nothing", "an approved run"])
def test_what_stripe_paid_after_the_backup_is_adopted_or_rebuilt_and_not_paid_again(
    session: Session, stripe_server: FakeStripeServer, kept: str
) -> None:
    make_due_chain(session, items=5, items_per_task=5)
    finance = make_finance(session)
    give_accounts(session, stripe_server.state)
    began = real_now(session)
    rails = {"stripe": StripeRail("sk_test_imitation", stripe_server.url)}
    backup = session.begin_nested()
    run = prepare_run(session, finance.preparer, "stripe")
    approve_run(session, finance.approver, run.id)
    if kept == "an approved run":
        backup.commit()
        backup = session.begin_nested()
    assert execute_run(inside(session), finance.preparer, rails, run.id) == {"settled": 3}
    paid = {payout.id: payout.rail_reference for payout in session.scalars(select(Payout))}
    assert len(list(stripe_server.state.all_of("transfer"))) == 3

    backup.rollback()
    session.expire_all()
    freezing.freeze(session, system_actor("tests"), "restored", began)
    outcome = unfrozen(session, finance, rails)

    assert (outcome.adopted + outcome.rebuilt, outcome.left) == (3, [])
    assert outcome.rebuilt == (3 if kept == "nothing" else 0)
    session.expire_all()
    assert {payout.id: payout.rail_reference for payout in session.scalars(select(Payout))} == paid
    assert {payout.state for payout in session.scalars(select(Payout))} == {"reconciled"}
    with pytest.raises(DomainError, match="Nothing that is due"):
        prepare_run(session, finance.preparer, "stripe")
    assert len(list(stripe_server.state.all_of("transfer"))) == 3
    check_invariants(session)
