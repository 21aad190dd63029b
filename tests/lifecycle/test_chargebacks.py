"""Payments of clients that the rail takes back: who stands for them."""

from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import (
    bank_operating,
    client_deposits,
    job_reserve,
)
from marketplace.lifecycle.chargebacks import settle_chargebacks
from marketplace.lifecycle.funding import fund_job
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from tests.books import books_hold
from tests.builders.at_once import at_once
from tests.builders.chargebacks import books, capital, cny, covered, dispute, pay_in, seen
from tests.builders.identity import make_member, make_organization
from tests.builders.jobs import make_job
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, payout_of
from tests.builders.settlement import accept, hand_in, make_chain


def test_free_money_of_the_client_is_frozen_and_the_platform_bears_the_fee(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "100")

    row = dispute(session, rail, deposit, "900")

    assert books(session, row) == ("900.00", "900.00", "0.00")
    assert balance(session, bank_operating("CNY")) == cny("85"), "the fee, and nothing else"
    assert covered(session).covered
    with pytest.raises(DomainError, match="balance_insufficient"):
        reserve.fund(session, client, make_job(session, client).id, cny("1"))
    with pytest.raises(DomainError, match="refund_amount"):
        order_refund(session, client, deposit.id, cny("1"))


def test_a_chargeback_after_pay_touches_no_worker_and_no_released_seat(session: Session, rail: SandboxRail) -> None:
    chain = make_chain(session, items=20, funds="9.00")
    deposit = pay_in(session, rail, chain.client, "9")
    fund_job(session, chain.client, chain.job.id, cny("9"))
    for _ in range(2):
        handed = hand_in(session, chain)
        chain.workers.append(handed.worker)
        accept(session, chain, handed)
    waiting = hand_in(session, chain)
    mature(session)
    capital(session, "5")
    before = balance(session, job_reserve(chain.job.id, "CNY"))

    row = dispute(session, rail, deposit, "9", "0")

    assert balance(session, job_reserve(chain.job.id, "CNY")) == before, "all of it is committed to released seats"
    assert (row.frozen, row.topped_up, row.uncovered) == (cny("0"), cny("5"), cny("9"))
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    for worker in chain.workers:
        assert payout_of(session, run, worker).state in {"settled", "reconciled"}, "workers are paid as on any day"
    accept(session, chain, waiting)
    accept(session, chain, hand_in(session, chain))
    assert covered(session).explained
    books_hold(session)


def test_reserve_that_no_seat_and_no_allowance_needs_is_frozen(session: Session, rail: SandboxRail) -> None:
    chain = make_chain(session, items=10, funds="12.00", allowance=cny("1"))
    deposit = pay_in(session, rail, chain.client, "9")
    fund_job(session, chain.client, chain.job.id, cny("9"))
    assert reserve.free(session, chain.job) == cny("12")

    row = dispute(session, rail, deposit, "9", "0")

    assert (row.frozen, reserve.free(session, chain.job)) == (cny("9"), cny("3"))
    assert reserve.funded(session, chain.job) == cny("12")
    again = pay_in(session, rail, chain.client, "5")
    fund_job(session, chain.client, chain.job.id, cny("5"))
    other = dispute(session, rail, again, "5", "0")
    assert (other.frozen, reserve.free(session, chain.job)) == (cny("5"), cny("3"))
    third = pay_in(session, rail, chain.client, "5")
    order_refund(session, chain.client, third.id, cny("2.50"))
    fund_job(session, chain.client, chain.job.id, cny("2.50"))
    last = dispute(session, rail, third, "5", "0")
    assert (last.frozen, reserve.free(session, chain.job)) == (cny("4.50"), cny("1")), "the allowance stays"
    rail.end_dispute(last.reference, "won")
    seen(session, rail)
    assert balance(session, client_deposits(chain.client.organization, "CNY")) == cny("4.50")


def test_what_the_capital_does_not_reach_is_an_alarm_that_an_open_claim_explains(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "100")
    order_refund(session, client, deposit.id, cny("700"))

    row = dispute(session, rail, deposit, "900", "0")

    assert (row.frozen, row.topped_up, row.uncovered) == (cny("200"), cny("100"), cny("700"))
    found = covered(session)
    assert (found.covered, found.explained) == (False, True)
    capital(session, "1000")
    seen(session, rail)
    assert row.topped_up == cny("700"), "as soon as the owners put more in"
    assert covered(session).covered


def test_a_dispute_of_a_payment_that_nobody_knows_is_for_people(
    session: Session, rail: SandboxRail, deposit: Deposit
) -> None:
    rail.dispute("ch_99", cny("5"), cny("0"))
    seen(session, rail)
    line = session.scalars(select(ExternalLine).where(ExternalLine.kind == "dispute")).one()
    assert (line.state, line.charge) == ("unmatched", "ch_99")
    assert balance(session, client_deposits(deposit.organization_id, "CNY")) == cny("900")


def test_tampered_rows_are_found(session: Session, rail: SandboxRail, deposit: Deposit) -> None:
    dispute(session, rail, deposit, "900")
    for change in ("frozen_amount = 7", "topped_up_amount = 7", "written_off_amount = 7, frozen_amount = 0"):
        with session.begin_nested() as undone:
            session.execute(text(f"UPDATE chargeback SET {change}"))
            with pytest.raises(AssertionError, match="C1"):
                books_hold(session)
            undone.rollback()


def test_two_at_once_book_a_dispute_once_and_freeze_no_more_than_is_there(committing_engine: Engine) -> None:
    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    rail = SandboxRail(transactions)
    rails = {"sandbox": rail}
    with transactions() as session:
        client = make_member(session, make_organization(session, "client"), "requester")
        capital(session, "1000")
        ordered = start_deposit(session, client, "sandbox", cny("900"))
        job_id = make_job(session, client).id
    deposit = collect(transactions, rails, ordered.id)
    reconcile(transactions, rails)
    rail.dispute(deposit.reference or "", cny("900"), cny("15"))

    def see() -> None:
        reconcile(transactions, rails)
        settle_chargebacks(transactions)

    def spend() -> None:
        with transactions() as session:
            reserve.fund(session, client, job_id, cny("500"))

    def take_out() -> None:
        with transactions() as session:
            order_refund(session, client, deposit.id, cny("400"))

    at_once(see, see, spend, take_out)
    see()

    with transactions() as session:
        row = session.scalars(select(Chargeback)).one()
        assert row.frozen + row.topped_up == cny("900"), "a draft job's reserve is free, too"
        books_hold(session)
