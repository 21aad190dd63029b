"""What is never matched by itself, though an amount fits, and lines that break."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank_models import BankFile
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.reconciliation import automatic
from marketplace.reconciliation.automatic import match_without_reference
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.matches import book
from tests.builders.payouts import inside
from tests.gateways.bank.imitation import OURS, Line
from tests.gateways.bank.standing import AtTheBank, a_waiting_refund, cny
from tests.gateways.bank.test_windows import executed, nameless, pay, statement, ways


def test_a_payment_whose_own_line_differs_is_no_other_line(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    rent = Line(line.amount, text="rent of the same amount")
    line.amount -= cny("0.50")  # the bank took its charge with it
    there.bank.lines = [line, rent]
    statement(there, 0)
    statement(there, 4)
    assert (payout.state, ways(session)) == ("sent", {})


def test_a_payment_whose_own_line_is_not_booked_yet_is_no_other_line(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    there.bank.lines = [Line(line.amount, text="rent of the same amount")]
    statement(there, 0)
    there.bank.lines = [line]
    late = there.bank.camt(market_now(session).date() + dt.timedelta(days=3))
    import_statements(session, there.finance, OURS, late)

    assert match_without_reference(inside(session), {"bank": there.rail}) == 0

    there.book()
    assert (payout.state, ways(session)) == ("reconciled", {})


def test_what_is_left_of_a_file_is_without_the_payment_whose_own_line_differs(
    session: Session, there: AtTheBank
) -> None:
    payouts = pay(there, 1, 2, 5)
    *rest, line = executed(there)
    line.amount -= cny("0.50")
    file = session.scalars(select(BankFile.message_id)).one()
    there.bank.lines = [line, Line(sum((one.amount for one in rest), Money.zero("CNY")), text=f"BATCH {file}")]
    statement(there, 0)
    assert [payout.state for payout in payouts] == ["reconciled", "reconciled", "sent"]


@pytest.mark.parametrize("with_another", [False, True])
def test_a_line_that_names_somebody_without_an_account_is_no_payment_and_leaves_none_certain(
    session: Session, there: AtTheBank, with_another: bool
) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    rent = Line(line.amount, text="rent of the same amount")
    line.end_to_end, line.iban, line.name = "", "", "City Rent Ltd"
    there.bank.lines = [line, rent] if with_another else [line]
    statement(there, 0)
    statement(there, 4)
    assert (payout.state, ways(session)) == ("sent", {})


def test_a_line_that_may_be_a_refund_of_a_client_is_no_payment(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    a_waiting_refund(there, client, -line.amount)
    there.bank.lines = [nameless(line)]
    statement(there, 0)
    statement(there, 4)
    assert (payout.state, ways(session)) == ("sent", {})


def test_a_line_that_breaks_keeps_no_other_waiting(
    session: Session, there: AtTheBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    payouts = pay(there, 1, 2, 3)
    there.bank.lines = [nameless(line) for line in executed(there)]
    booked: list[LineMatch] = []

    def breaks_first(opened: Session, actor: Actor, row: LineMatch) -> None:
        booked.append(row)
        if len(booked) == 1:
            opened.execute(text("SELECT 1 / 0"))
        book(opened, actor, row)

    monkeypatch.setattr(automatic, "book", breaks_first)
    statement(there, 0)
    statement(there, 3)
    assert sorted(payout.state for payout in payouts) == ["reconciled", "reconciled", "sent"]
    there.book()
    assert {payout.state for payout in payouts} == {"reconciled"}
