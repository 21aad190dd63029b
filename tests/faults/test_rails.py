"""What goes wrong at the rail while a run is sent."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import held, pay_due
from marketplace.payouts.approving import retry_payout
from marketplace.payouts.recovering import agree_absent
from marketplace.payouts.sending import PATIENCE
from marketplace.rails.methods import note_ready
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.states import DESTINATION_REFUSED, PAYOUT_RETURNED
from tests.builders.payouts import inside, note_looks
from tests.faults.conftest import Paying, approved


def test_a_lost_reply_is_found_by_asking(paying: Paying) -> None:
    paying.order("drop_after")
    assert paying.execute() == {"unknown": 1, "approved": 2}
    assert paying.sweep() == {"settled": 3}
    assert set(paying.transfers().values()) == {1}


def test_a_retry_within_the_keys_life_sends_the_same_key_again(paying: Paying) -> None:
    paying.order("drop_before")
    assert paying.execute() == {"unknown": 1, "approved": 2}
    assert paying.sweep(asked_hours_ago=22) == {"settled": 3}
    assert set(paying.transfers().values()) == {1}
    assert paying.workers_payout.attempt == 1


@pytest.mark.parametrize("fault", ["drop_after", "error_after"])
def test_a_retry_after_the_keys_life_only_looks_and_never_sends(paying: Paying, fault: str) -> None:
    paying.order(fault)
    assert paying.execute() == {"unknown": 1, "approved": 2}
    paying.state.kept.clear()  # the key's life is over: the same key would pay again
    assert paying.sweep(asked_hours_ago=25) == {"settled": 3}
    assert set(paying.transfers().values()) == {1}


def test_a_cached_500_with_the_transfer_made_is_adopted_and_never_paid_again(paying: Paying) -> None:
    paying.order("error_after")
    assert paying.execute() == {"unknown": 1, "approved": 2}
    assert paying.sweep() == {"settled": 3}
    assert set(paying.transfers().values()) == {1}
    assert paying.session.scalar(select(func.count()).where(Journal.kind == "J7")) == 0


def test_a_cached_500_without_a_transfer_waits_for_two_looks_and_two_people(paying: Paying) -> None:
    paying.order("error_before")
    paying.execute()
    # The key says the same for a day, and nothing else is sent.
    assert paying.sweep(asked_hours_ago=10) == {"unknown": 1, "approved": 2}
    assert paying.sweep(asked_hours_ago=20) == {"unknown": 1, "approved": 2}
    note_looks(paying.session, paying.workers_payout)
    agree_absent(paying.session, paying.finance.preparer, paying.workers_payout.id)
    agree_absent(paying.session, paying.finance.approver, paying.workers_payout.id)
    retry_payout(paying.session, paying.finance.approver, paying.workers_payout.id)
    assert paying.sweep() == {"settled": 3}
    assert set(paying.transfers().values()) == {1}
    assert paying.workers_payout.attempt == 2


def test_a_cached_failure_is_replayed_under_its_key_and_only_the_next_attempt_pays(paying: Paying) -> None:
    paying.order("refuse")
    assert paying.execute() == {"refused": 1, "approved": 2}
    assert paying.sweep() == {"refused": 1, "approved": 2}
    retry_payout(paying.session, paying.finance.approver, paying.workers_payout.id)
    assert paying.sweep() == {"settled": 3}
    assert [one["metadata"]["key"][-2:] for one in paying.state.all_of("transfer")] == [":1", ":1", ":2"]


@pytest.mark.slow
def test_a_429_storm_pays_everybody_once_and_the_rail_is_left_alone_meanwhile(
    session: Session, stripe_server: FakeStripeServer
) -> None:
    paying = approved(session, stripe_server, claims=PATIENCE + 6)
    paying.order("rate_limit", times=3 * PATIENCE + 4)
    assert paying.execute() == {"approved": PATIENCE + 8}
    assert stripe_server.state.faults[0].times == 2 * PATIENCE + 4, (
        "after some in a row the rest waits for the next tick"
    )
    for _ in range(3):
        paying.sweep()
    assert paying.sweep() == {"settled": PATIENCE + 8}
    assert set(paying.transfers().values()) == {1}
    tries = select(func.count()).where(Journal.kind == "J7")
    assert session.scalar(tries) == 3 * PATIENCE + 4


def test_a_capability_lost_between_approval_and_sending_holds_the_pay_until_it_is_back(paying: Paying) -> None:
    worker = paying.chain.workers[0].person
    account = paying.state.objects[paying.accounts[worker]]
    account["capabilities"]["transfers"] = "inactive"
    assert paying.execute() == {"cancelled": 1, "settled": 2}, "what only the worker can cure holds no margin up"
    assert balance(paying.session, held(worker, DESTINATION_REFUSED, "CNY")) == Money.parse("0.175", "CNY")
    assert balance(paying.session, pay_due(worker, "CNY")).is_zero
    account["capabilities"]["transfers"] = "active"
    note_ready(paying.session, "stripe", account["id"])
    assert release_cured(paying.session) == 1
    assert balance(paying.session, pay_due(worker, "CNY")) == Money.parse("0.175", "CNY")


def test_a_balance_short_in_mid_run_refuses_the_rest_and_loses_nothing(
    session: Session, stripe_server: FakeStripeServer
) -> None:
    paying = approved(session, stripe_server, claims=3)
    paying.state.given["cny"] = 17
    assert paying.execute() == {"settled": 1, "refused": 2, "approved": 2}
    paying.state.given["cny"] = 10**6
    assert paying.sweep() == {"settled": 1, "refused": 2, "approved": 2}, "a refusal is not sent again by itself"
    for worker in paying.chain.workers:
        paying.chain.workers[0] = worker
        if paying.workers_payout.state == "refused":
            assert paying.workers_payout.refusal_code == "balance_insufficient"
            with pytest.raises(DomainError, match="payout_two_people"):
                retry_payout(session, paying.finance.preparer, paying.workers_payout.id)
            retry_payout(session, paying.finance.approver, paying.workers_payout.id)
    assert paying.sweep() == {"settled": 5}
    assert set(paying.transfers().values()) == {1}


def test_a_transfer_that_is_reversed_is_held_for_the_worker_and_never_lost(paying: Paying) -> None:
    paying.execute()
    payout = paying.workers_payout
    assert payout.rail_reference is not None
    paying.rail._client.v1.transfers.reversals.create(payout.rail_reference, {"amount": payout.money.minor_units()})
    for _ in range(2):
        reconcile(inside(paying.session), {"stripe": paying.rail})
    assert paying.workers_payout.state == "returned"
    worker = paying.chain.workers[0].person
    assert balance(paying.session, held(worker, PAYOUT_RETURNED, "CNY")) == Money.parse("0.175", "CNY")
