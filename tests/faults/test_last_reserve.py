"""The client wants the rest of its money back while the last answers are accepted."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select

from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.jobs.reserve import fund
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve, refund_payable
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.refunds import order_refund
from marketplace.settlement.models import Earning
from tests.builders.at_once import at_once
from tests.builders.jobs import make_job
from tests.builders.settlement import Handed, accept, hand_in, make_chain


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


@pytest.mark.parametrize("wanted", ["1.80", "9.00"], ids=["what is free", "all of it"])
def test_a_refund_that_races_acceptance_for_the_last_reserve_takes_only_what_is_free(
    committing_engine: Engine, wanted: str
) -> None:
    rails = {"sandbox": SandboxRail(lambda: transaction(committing_engine))}
    with transaction(committing_engine) as session:
        # Ten answers at 0.90 are all that the reserve has; eight are handed in and wait.
        chain = make_chain(session, items=10, items_per_task=1, funds="9.00")
        handed = [hand_in(session, chain) for _ in range(8)]
        owner = chain.client
        deposit_id = start_deposit(session, owner, "sandbox", cny("9.00")).id
    collect(lambda: transaction(committing_engine), rails, deposit_id)
    with transaction(committing_engine) as session:
        # What was paid in with this deposit is tied to another job.
        fund(session, owner, make_job(session, owner).id, cny("9.00"))

    def leave() -> None:
        with transaction(committing_engine) as session:
            cancel_job(session, owner, chain.job.id)
        with transaction(committing_engine) as session:
            order_refund(session, owner, deposit_id, cny(wanted))

    def accepting(one: Handed) -> Callable[[], None]:
        def doing() -> None:
            with transaction(committing_engine) as session:
                accept(session, chain, one)

        return doing

    outcomes = at_once(leave, *(accepting(one) for one in handed))
    taken = wanted == "1.80"
    assert outcomes == ({"done": 9} if taken else {"done": 8, "balance_insufficient": 1})
    with transaction(committing_engine) as session:
        assert balance(session, job_reserve(chain.job.id, "CNY")).is_zero
        assert balance(session, refund_payable(owner.organization, "CNY")) == cny("1.80" if taken else "0")
        assert balance(session, client_deposits(owner.organization, "CNY")) == cny("0" if taken else "1.80")
        paid = session.scalar(select(func.count()).where(Earning.payee_kind == "worker"))
    assert paid == 8
