"""How a chargeback ends: won, lost, written off, or won after all."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import (
    bank_operating,
    bank_wages,
    client_deposits,
)
from marketplace.lifecycle.chargebacks import declare_lost, write_off
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.deposits import collect, receive, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund
from marketplace.reconciliation.models import ExternalLine
from tests.builders.chargebacks import books, capital, cny, covered, dispute, newest, seen
from tests.builders.identity import make_staff
from tests.builders.payouts import inside


def test_won_gives_the_client_its_money_again(session: Session, rail: SandboxRail, deposit: Deposit) -> None:
    row = dispute(session, rail, deposit, "900")

    rail.end_dispute(row.reference, "won")
    for _ in range(2):
        seen(session, rail)

    assert (row.state, books(session, row)) == ("won", ("0.00", "0.00", "900.00"))
    assert covered(session).covered


def test_lost_is_paid_with_what_was_frozen(session: Session, rail: SandboxRail, deposit: Deposit) -> None:
    row = dispute(session, rail, deposit, "300")
    assert books(session, row) == ("300.00", "300.00", "600.00")

    rail.end_dispute(row.reference, "lost")
    for _ in range(2):
        seen(session, rail)

    assert (row.state, row.collected, books(session, row)) == ("lost", cny("300"), ("0.00", "0.00", "600.00"))
    assert covered(session).covered


def test_the_platform_puts_in_what_the_client_has_spent_and_takes_it_back_when_it_wins(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "5000")
    order = order_refund(session, client, deposit.id, cny("700"))
    assert order.state == "pending"

    row = dispute(session, rail, deposit, "900", "0")

    assert (row.frozen, row.topped_up) == (cny("200"), cny("700"))
    assert balance(session, bank_operating("CNY")) == cny("4300")
    assert covered(session).covered
    rail.end_dispute(row.reference, "won")
    seen(session, rail)
    assert (row.topped_up, balance(session, bank_operating("CNY"))) == (cny("0"), cny("5000"))
    assert balance(session, bank_wages("CNY")) == cny("0")


def test_a_client_who_owes_pays_with_its_next_deposit_and_takes_nothing_out(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "5000")
    order_refund(session, client, deposit.id, cny("700"))
    row = dispute(session, rail, deposit, "900", "0")
    rail.end_dispute(row.reference, "lost")
    seen(session, rail)
    assert (row.collected, row.receivable, row.topped_up) == (cny("200"), cny("700"), cny("700"))

    ordered = start_deposit(session, client, "sandbox", cny("1000"))
    later = collect(inside(session), {"sandbox": rail}, ordered.id)
    with pytest.raises(DomainError, match="chargeback_owed"):
        order_refund(session, client, later.id, cny("1"))
    seen(session, rail)

    assert (row.collected, row.receivable, row.topped_up) == (cny("900"), cny("0"), cny("0"))
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("300")
    assert balance(session, bank_operating("CNY")) == cny("5000"), "what it put in, it has again"
    order_refund(session, client, later.id, cny("300"))


def test_finance_writes_off_what_nobody_will_pay(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "100")
    order_refund(session, client, deposit.id, cny("700"))
    row = dispute(session, rail, deposit, "900", "0")
    finance = make_staff(session, "finance")
    with pytest.raises(DomainError, match="state_conflict"):
        write_off(session, finance, row.id, "gone")
    with pytest.raises(DomainError, match="forbidden"):
        declare_lost(session, make_staff(session, "auditor"), row.id, "a letter")
    declare_lost(session, finance, row.id, "The bank's letter of today.")
    with pytest.raises(DomainError, match="coverage_short"), session.begin_nested():
        write_off(session, finance, row.id, "bankrupt")
    session.expire_all()
    capital(session, "1000")

    write_off(session, finance, row.id, "bankrupt")

    assert (row.receivable, row.written_off, row.topped_up) == (cny("0"), cny("700"), cny("0"))
    assert covered(session).covered
    with pytest.raises(DomainError, match="state_conflict"):
        write_off(session, finance, row.id, "bankrupt")


def test_money_that_comes_back_after_all_goes_to_whom_it_was_taken_from(
    session: Session, rail: SandboxRail, client: Actor, deposit: Deposit
) -> None:
    capital(session, "1000")
    order_refund(session, client, deposit.id, cny("700"))
    row = dispute(session, rail, deposit, "900", "0")
    finance = make_staff(session, "finance")
    declare_lost(session, finance, row.id, "a letter")
    write_off(session, finance, row.id, "bankrupt")

    rail.end_dispute(row.reference, "won")
    seen(session, rail)

    assert (row.state, books(session, row)) == ("won", ("0.00", "0.00", "200.00"))
    assert covered(session).cash - covered(session).owed == cny("700"), "the platform may take its part out"


def test_messages_out_of_order_and_twice_change_nothing(session: Session, rail: SandboxRail, deposit: Deposit) -> None:
    assert deposit.reference is not None
    reference = rail.dispute(deposit.reference, cny("900"), cny("0"))
    rail.end_dispute(reference, "lost")
    receive(inside(session), {"sandbox": rail})
    assert session.scalars(select(Chargeback)).all() == [], "told before its line was seen"

    for _ in range(3):
        seen(session, rail)

    assert newest(session).state == "lost"
    kinds = select(func.count()).select_from(Journal).where(Journal.kind == "J14")
    assert session.scalar(kinds) == 2


def test_money_that_comes_back_before_it_was_seen_to_go_waits(
    session: Session, rail: SandboxRail, deposit: Deposit
) -> None:
    assert deposit.reference is not None
    reference = rail.dispute(deposit.reference, cny("900"), cny("0"))
    rail.end_dispute(reference, "won")
    seen(session, rail)
    seen(session, rail)

    assert newest(session).state == "won"
    assert set(session.scalars(select(ExternalLine.state))) == {"matched"}
