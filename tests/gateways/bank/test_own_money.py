"""Our own money on the bank's statements, and the checks of the bank's own tables."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from marketplace.gateways.bank_models import BankInstruction, BankStatement
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, in_transit
from marketplace.ledger.treasury import put_in_capital
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.suspense import explain_as_moved_already, explain_as_transit
from tests.gateways.bank.standing import DAY, AtTheBank, a_sent_payout, cny


def a_day_later(there: AtTheBank) -> None:
    there.session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()


def set_aside(session: Session) -> list[ExternalLine]:
    return list(
        session.scalars(select(ExternalLine).where(ExternalLine.state == "set_aside").order_by(ExternalLine.id))
    )


def test_money_that_the_platform_made_good_is_shown_by_one_line_and_booked_once(
    session: Session, there: AtTheBank
) -> None:
    put_in_capital(session, there.finance, cny("10"))
    there.bank.charge("0.35")
    there.bank.charge("0.15")
    there.bring()
    there.bank.receive("0.50", "made good")
    there.bank.receive("0.01", "and a fen more")
    there.bring()
    a_day_later(there)
    line, more = set_aside(session)

    explain_as_moved_already(session, there.finance, line.id, "our own transfer of today")

    assert balance(session, bank_operating("CNY")) == cny("9.50")
    assert balance(session, bank_wages("CNY")) == cny("0.01"), "what is not explained yet"
    with pytest.raises(DomainError, match="line_explained_otherwise"):
        explain_as_moved_already(session, there.finance, more.id, "a guess")


def test_money_from_another_rail_arrives_from_transit(session: Session, there: AtTheBank) -> None:
    there.bank.receive("500.00", "STRIPE PAYOUT")
    there.bring()
    a_day_later(there)
    (line,) = set_aside(session)

    explain_as_transit(session, there.finance, line.id, "Stripe's payout of Monday")

    assert balance(session, in_transit("CNY")) == cny("-500")
    assert balance(session, bank_wages("CNY")) == there.bank.balance


def test_a_file_that_lost_a_payment_and_a_statement_that_does_not_add_up_fail_their_checks(
    session: Session, there: AtTheBank
) -> None:
    a_sent_payout(there)
    there.send()
    there.bring()
    assert run_checks(session, ["B1", "B2"]).holds
    undone = session.begin_nested()
    session.execute(update(BankInstruction).values(file_id=None))
    wrong = BankStatement(
        id=new_id(),
        account="NL91ABNA0417164300",
        statement_id="made up",
        currency="CNY",
        opening=0,
        closing=500,
        closed_on=DAY,
        line_count=0,
        sha256=b"",
    )
    session.add(wrong)
    session.flush()
    report = run_checks(session, ["B1", "B2"])
    assert [len(result.findings) for result in report.results] == [1, 1]
    undone.rollback()
