"""Payouts that come back after they were paid."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import held, pay_due, rail_available
from marketplace.payouts.models import DESTINATION, Payout
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.payees import move_to
from tests.builders.payouts import (
    execute,
    inside,
    make_approved_run,
    make_due_chain,
    make_finance,
    mature,
    payout_of,
    sandbox,
)
from tests.builders.settlement import Chain


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def the_worker_is_paid(session: Session, rail: SandboxRail, chain: Chain) -> Payout:
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    return payout_of(session, run, chain.workers[0])


def it_comes_back(session: Session, rail: SandboxRail, payout: Payout, amount: Money | None = None) -> None:
    rail.show("transfer_return", amount or payout.money, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()


def test_a_returned_payout_is_held_and_paid_again_to_another_destination(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    worker = chain.workers[0]
    payout = the_worker_is_paid(session, rail, chain)
    before = balance(session, rail_available("sandbox", "CNY"))
    assert payout.carried_out, "half a fen stays due"

    it_comes_back(session, rail, payout)

    rows = session.scalars(select(Installment).where(Installment.payee_id == worker.person)).all()
    back = [row for row in rows if row.state == "held"]
    assert (payout.state, {row.held_reason for row in back}) == ("returned", {PAYOUT_RETURNED})
    assert balance(session, rail_available("sandbox", "CNY")) == before + payout.money
    aside = held(worker.person, PAYOUT_RETURNED, "CNY")
    assert balance(session, aside) == Money(sum(row.amount for row in back), "CNY")

    assert release_cured(session) == 0, "nothing has changed yet"
    move_to(session, worker, "acct_other")
    assert release_cured(session) == len(back)
    again = the_worker_is_paid(session, rail, chain)

    assert (again.state, DESTINATION.get(session, again), again.money) == ("reconciled", "acct_other", payout.money)
    assert balance(session, aside).is_zero


@pytest.mark.parametrize(("which", "paid_again"), [("second", "0.18"), ("first", "0.17")])
def test_half_a_fen_that_a_returned_payout_carried_is_paid_once(
    session: Session, rail: SandboxRail, which: str, paid_again: str
) -> None:
    """0.35 a picture in two halves of 0.175: the first payout leaves half a fen over, the second takes it along."""
    chain = make_due_chain(session, items=1, items_per_task=1, pay="0.35")
    worker = chain.workers[0]
    first = the_worker_is_paid(session, rail, chain)
    mature(session)
    second = the_worker_is_paid(session, rail, chain)
    assert (second.carried_in, second.money) == (first.carried_out, cny("0.18"))

    it_comes_back(session, rail, second if which == "second" else first)

    move_to(session, worker, "acct_other")
    release_cured(session)
    again = the_worker_is_paid(session, rail, chain)
    assert again.money == cny(paid_again)
    assert balance(session, pay_due(worker.person, "CNY")).is_zero


def test_a_rest_that_an_approved_payout_takes_along_stays_for_it(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session, items=1, items_per_task=1, pay="0.35")
    worker, finance = chain.workers[0], make_finance(session)
    first = the_worker_is_paid(session, rail, chain)
    mature(session)
    run = make_approved_run(session, finance)
    second = payout_of(session, run, worker)
    assert (second.carried_in, second.money) == (first.carried_out, cny("0.18"))

    it_comes_back(session, rail, first)

    assert execute(session, finance, rail, run)["settled"] >= 1
    assert payout_of(session, run, worker).state == "settled"
    move_to(session, worker, "acct_other")
    release_cured(session)
    assert the_worker_is_paid(session, rail, chain).money == cny("0.17")
    assert balance(session, pay_due(worker.person, "CNY")).is_zero


def test_a_part_that_comes_back_is_for_people_to_explain(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    payout = the_worker_is_paid(session, rail, chain)

    it_comes_back(session, rail, payout, cny("0.01"))

    assert payout.state == "reconciled"


def test_a_return_is_booked_once(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    payout = the_worker_is_paid(session, rail, chain)

    it_comes_back(session, rail, payout)
    aside = held(chain.workers[0].person, PAYOUT_RETURNED, "CNY")
    once = balance(session, aside)

    it_comes_back(session, rail, payout)

    assert balance(session, aside) == once == cny("0.175")
