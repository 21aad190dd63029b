"""What the lines of bank statements do to the books."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, client_deposits, held
from marketplace.rails.methods import shown_destination
from marketplace.rails.models import Deposit
from marketplace.rails.queries import pay_in
from marketplace.rails.refunds import order_refund, send_refund
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.suspense import explain_as_deposit
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.payouts import inside
from tests.gateways.bank.imitation import OURS
from tests.gateways.bank.standing import DAY, AtTheBank, a_deposit, a_sent_payout, cny, journals


def test_a_client_is_told_our_account_and_a_reference_and_has_the_money_once_a_statement_shows_it(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    deposit = a_deposit(there, client)
    way = pay_in({"bank": there.rail}, deposit)
    assert way is not None
    assert (way.account, way.holder, deposit.state) == (OURS["CNY"].number, "Piecework Ltd", "pending")
    there.bank.receive("900.00", f"our payment {way.reference.lower()} of today")

    assert there.bring().kinds == {"charge": 1}

    assert (deposit.state, deposit.money, deposit.announced) == ("available", cny("900"), None)
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("900")
    assert balance(session, bank_wages("CNY")) == there.bank.balance == cny("900")
    assert session.scalars(select(ExternalLine.state)).all() == ["matched"]
    assert pay_in({"bank": there.rail}, deposit) is None


def test_what_came_is_booked_whatever_was_announced_and_a_second_payment_is_another_deposit(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    deposit = a_deposit(there, client)
    for amount in ("899.50", "100.00", "7.00"):
        there.bank.receive(amount, deposit.reference or "")

    assert there.bring().kinds == {"charge": 3}
    there.book()

    assert (deposit.money, deposit.announced_money) == (cny("899.50"), cny("900"))
    rows = session.scalars(select(Deposit).order_by(Deposit.created_at, Deposit.amount.desc())).all()
    assert [(row.money, row.state) for row in rows] == [
        (cny("899.50"), "available"),
        (cny("100"), "available"),
        (cny("7"), "available"),
    ]
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("1006.50")
    assert set(session.scalars(select(ExternalLine.state))) == {"matched"}
    assert journals(session, "J1") == 3


def test_money_without_a_reference_or_with_somebody_elses_waits_for_people(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    deposit, other = a_deposit(there, client), a_deposit(there, client)
    there.bank.receive("900.00", "for labeling")
    there.bank.receive("900.00", f"{deposit.reference} or {other.reference}")
    there.bank.receive("5.00", "RF48539007547")

    assert there.bring().kinds == {"other": 3}

    assert (deposit.state, other.state) == ("pending", "pending")
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    lines = session.scalars(select(ExternalLine).order_by(ExternalLine.id)).all()
    assert {line.state for line in lines} == {"set_aside"}
    assert balance(session, bank_wages("CNY")) == there.bank.balance
    explain_as_deposit(session, there.finance, lines[0].id, client.organization, "their mail of today")
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("900")


@pytest.mark.parametrize("form", ["02", "04", "08", "mt940"])
def test_a_payout_is_confirmed_by_its_debit_and_comes_back_by_its_return_in_every_form(
    session: Session, there: AtTheBank, form: str
) -> None:
    payout = a_sent_payout(there)
    there.book()
    assert payout.state == "sent", "a file at the bank proves nothing"
    (reference,) = there.send()
    there.bank.charge("0.35")
    there.bring(_statement(there, form))
    assert (payout.state, payout.rail_reference) == ("reconciled", reference)
    assert balance(session, bank_wages("CNY")) == there.bank.balance + cny("0.35"), "made good by the platform"
    assert balance(session, bank_operating("CNY")) == cny("-0.35")

    there.bank.give_back(reference, payout.money.text())
    there.bring(_statement(there, form))

    assert payout.state == "returned"
    assert balance(session, held(payout.payee_id, PAYOUT_RETURNED, "CNY")).amount >= payout.amount
    assert set(session.scalars(select(ExternalLine.state))) == {"matched"}
    assert journals(session, "J8") == 1


def _statement(there: AtTheBank, form: str) -> bytes:
    return there.bank.mt940(DAY) if form == "mt940" else there.bank.camt(DAY, form)


def test_nobody_but_the_bank_says_that_a_payout_came_back(session: Session, there: AtTheBank) -> None:
    payout = a_sent_payout(there)
    (reference,) = there.send()
    there.bring()
    there.bank.receive(payout.money.text(), f"returned {reference}")

    assert there.bring().kinds == {"other": 1}

    assert payout.state == "reconciled"
    assert journals(session, "J8") == 0


def test_a_debit_of_another_amount_confirms_nothing(session: Session, there: AtTheBank) -> None:
    payout = a_sent_payout(there)
    there.send()
    there.bank.lines[0].amount = there.bank.lines[0].amount - cny("0.01")

    there.bring()

    assert payout.state == "sent"
    assert session.scalars(select(ExternalLine.state)).all() == ["unmatched"]


def test_a_refund_goes_back_to_the_account_that_the_money_came_from(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    deposit = a_deposit(there, client)
    there.bank.receive("900.00", deposit.reference or "", iban="NO9386011117947")
    there.bring()
    refund = order_refund(session, client, deposit.id, cny("100.00"))
    send_refund(inside(session), {"bank": there.rail}, refund.id)
    there.send()
    assert there.bank.lines[0].iban == "NO9386011117947"

    there.bring()

    assert refund.state == "settled"
    assert balance(session, bank_wages("CNY")) == there.bank.balance == cny("800")


def test_a_refund_of_money_from_an_unnamed_account_is_refused_and_is_the_clients_again(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    deposit = a_deposit(there, client)
    there.bank.receive("900.00", deposit.reference or "", iban="")
    there.bring()
    refund = order_refund(session, client, deposit.id, cny("100.00"))
    send_refund(inside(session), {"bank": there.rail}, refund.id)
    assert refund.state == "refused"
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("900")


def test_bank_details_stand_in_no_table_in_the_clear(session: Session, there: AtTheBank) -> None:
    payout = a_sent_payout(there)
    there.send()
    there.bank.receive("7.00", "rent of Wanjiku Kamau")
    there.bring()
    assert shown_destination(session, payout.payee_id, "bank") == "…5432"
    for table in ("bank_detail", "bank_file", "bank_instruction", "bank_line", "bank_statement", "external_line"):
        rows = session.scalars(text(f"SELECT row_to_json({table})::text FROM {table}")).all()
        assert rows
        assert not any("Kamau" in row or "WEST" in row or "4b616d6175" in row for row in rows), table
