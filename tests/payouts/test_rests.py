"""What payouts left over, paid alone."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import pay_due
from marketplace.payouts.approving import approve_run, cancel_run
from marketplace.payouts.minimums import Minimums
from marketplace.payouts.models import Payout, PayoutLine, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.reconciliation.matching import reconcile
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    make_approved_run,
    make_due_chain,
    mature,
    payout_of,
)
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def worker(session: Session, finance: Finance, rail: SandboxRail) -> Actor:
    """Two payouts that were under way at once each left half a fen over: together a fen, and nothing is coming."""
    chain = make_due_chain(session, items=5, items_per_task=5, prices=())
    first = make_approved_run(session, finance)
    mature(session)
    second = make_approved_run(session, finance)
    for run in (first, second):
        execute(session, finance, rail, run)
    (worker,) = chain.workers
    assert [payout_of(session, run, worker).carried_out for run in (first, second)] == [5000, 5000]
    return worker


def paid_alone(session: Session, finance: Finance, worker: Actor) -> tuple[PayoutRun, Payout]:
    run = make_approved_run(session, finance)
    return run, payout_of(session, run, worker)


def test_rests_that_reach_a_minor_unit_are_paid_alone_when_nothing_else_is_coming(
    session: Session, finance: Finance, rail: SandboxRail, worker: Actor
) -> None:
    run, payout = paid_alone(session, finance, worker)
    assert (payout.money, payout.carried_in, payout.carried_out) == (cny("0.01"), 10_000, 0)
    assert session.scalars(select(PayoutLine).where(PayoutLine.payout_id == payout.id)).all() == []
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox")
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    assert (payout.state, balance(session, pay_due(worker.person, "CNY"))) == ("reconciled", cny("0"))
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox")


def test_a_cancelled_payout_of_rests_leaves_them_where_they_were(
    session: Session, finance: Finance, worker: Actor
) -> None:
    run, _ = paid_alone(session, finance, worker)
    cancel_run(session, finance.preparer, run.id)
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.01")
    assert paid_alone(session, finance, worker)[1].money == cny("0.01")


def test_rests_wait_for_an_installment_that_is_coming_but_not_without_end(
    session: Session, finance: Finance, worker: Actor
) -> None:
    chain = make_chain(session, items=5, items_per_task=5, prices=())
    accept(session, chain, hand_in(session, chain, worker))
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox", minimums=Minimums(days_max=10))
    move_clock_to(session, market_now(session).date() + dt.timedelta(days=10))
    run = prepare_run(session, finance.preparer, "sandbox", minimums=Minimums(days_max=10))
    assert payout_of(session, run, worker).money == cny("0.01")


def test_an_installment_that_falls_due_takes_the_rests_along(session: Session, finance: Finance, worker: Actor) -> None:
    chain = make_chain(session, items=5, items_per_task=5, prices=())
    accept(session, chain, hand_in(session, chain, worker))
    mature(session)
    _, payout = paid_alone(session, finance, worker)
    assert (payout.money, payout.carried_in, payout.carried_out) == (cny("0.88"), 10_000, 5000)


def test_rests_below_the_rail_s_minimum_wait_their_days(session: Session, finance: Finance, worker: Actor) -> None:
    minimums = Minimums({("sandbox", "CNY"): cny("1")}, days_max=10)
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox", minimums=minimums)
    move_clock_to(session, market_now(session).date() + dt.timedelta(days=10))
    run = prepare_run(session, finance.preparer, "sandbox", minimums=minimums)
    assert payout_of(session, run, worker).money == cny("0.01")


@pytest.mark.parametrize("fault", ["refused", "returned"])
def test_rests_that_the_payee_s_account_does_not_take_wait_until_they_say_another(
    session: Session, finance: Finance, rail: SandboxRail, worker: Actor, fault: str
) -> None:
    run, payout = paid_alone(session, finance, worker)
    if fault == "refused":
        rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}", code="account_closed")
    execute(session, finance, rail, run)
    if fault == "returned":
        reconcile(inside(session), {"sandbox": rail})
        rail.show("transfer_return", payout.money, payout.rail_reference or "")
        reconcile(inside(session), {"sandbox": rail})
    session.expire_all()
    assert payout.state == {"refused": "cancelled", "returned": "returned"}[fault]
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.01")
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox")

    move_to(session, worker, "acct_other")
    again = approve_run(session, finance.approver, prepare_run(session, finance.preparer, "sandbox").id)
    execute(session, finance, rail, again)
    assert balance(session, pay_due(worker.person, "CNY")).is_zero


def test_rests_that_come_back_twice_are_owed_each_time_and_paid_once(
    session: Session, finance: Finance, rail: SandboxRail, worker: Actor
) -> None:
    for account in ("acct_second", "acct_third"):
        _, payout = paid_alone(session, finance, worker)
        execute(session, finance, rail, session.get_one(PayoutRun, payout.run_id))
        reconcile(inside(session), {"sandbox": rail})
        assert balance(session, pay_due(worker.person, "CNY")).is_zero
        rail.show("transfer_return", payout.money, payout.rail_reference or "")
        reconcile(inside(session), {"sandbox": rail})
        session.expire_all()
        assert payout.state == "returned"
        assert balance(session, pay_due(worker.person, "CNY")) == cny("0.01")
        with pytest.raises(DomainError, match="Nothing"):
            prepare_run(session, finance.preparer, "sandbox")
        move_to(session, worker, account)
    run, payout = paid_alone(session, finance, worker)
    execute(session, finance, rail, run)
    assert (payout.state, payout.money) == ("settled", cny("0.01"))
    assert balance(session, pay_due(worker.person, "CNY")).is_zero
