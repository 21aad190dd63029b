"""Our own money between a rail and the bank, found by amount and days where it can be nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import in_transit
from marketplace.reconciliation import by_hand
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from tests.gateways.bank.imitation import Line
from tests.gateways.bank.standing import AtTheBank, a_waiting_refund, cny
from tests.gateways.bank.test_windows import executed, pay, statement, ways


def test_what_people_called_our_own_money_is_not_found_again_by_itself(session: Session, there: AtTheBank) -> None:
    statement(there, -8)
    sent_to_bank(session, "-130.00", "tb_1")
    there.book()
    there.bank.receive("130.00", "STRIPE")
    statement(there, 1)
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    line = session.scalars(select(ExternalLine).where(ExternalLine.amount == cny("130").amount)).one()
    alone = by_hand.Alone({"CNY": cny("1000")})
    by_hand.propose_match(session, there.finance, line.id, by_hand.Said("transit", "Stripe's of Monday"), alone)
    there.bank.receive("130.00", "a client without a reference")
    statement(there, 3)
    statement(there, 6)
    assert session.scalars(select(LineMatch.way)).all() == ["by_hand"]


@pytest.mark.parametrize("several", [False, True])
def test_our_own_money_from_a_rail_is_found_by_amount_and_days(
    session: Session, there: AtTheBank, several: bool
) -> None:
    today = market_now(session).date()
    statement(there, -8)
    for number, amount in enumerate(["-123.45", "-6.55"] if several else ["-130.00"]):
        sent_to_bank(session, amount, f"tb_{number}")
    there.book()
    there.bank.receive("130.00", "STRIPE")
    statement(there, 2)
    assert ways(session) == {}
    there.bank.receive("130.01", "a client")
    statement(there, 5)

    assert ways(session) == {"many_to_one" if several else "amount_and_date": 1}
    assert balance(session, in_transit("CNY")).is_zero
    assert session.scalars(select(LineMatch.kind)).all() == ["transit"]
    assert today == market_now(session).date()


@pytest.mark.parametrize("waits", ["nothing", "file", "refund"])
def test_a_debit_that_may_be_payments_or_a_refund_is_not_our_own_money(
    session: Session, there: AtTheBank, client: Actor, waits: str
) -> None:
    statement(there, -8)
    amount = cny("-130.00")
    if waits == "file":
        pay(there, 1, 2)
        amount = sum((line.amount for line in executed(there)), cny("0"))
    elif waits == "refund":
        a_waiting_refund(there, client, -amount)
    sent_to_bank(session, (-amount).text(), "tu_1", kind="from_bank")
    there.book()
    there.bank.lines = [Line(amount, text="ORDERS")]
    statement(there, 0)
    statement(there, 6)
    assert ways(session) == ({"amount_and_date": 1} if waits == "nothing" else {})


def sent_to_bank(session: Session, amount: str, name: str, kind: str = "to_bank") -> None:
    money = cny(amount)
    session.add(
        ExternalLine(
            rail="stripe",
            external_id=name,
            kind=kind,
            amount=money.amount,
            currency="CNY",
            occurred_at=market_now(session),
            reference=name,
        )
    )
    session.flush()


def test_two_transfers_of_one_amount_are_not_told_apart(session: Session, there: AtTheBank) -> None:
    statement(there, -8)
    for name in ("tb_1", "tb_2"):
        sent_to_bank(session, "-130.00", name)
    there.book()
    there.bank.receive("130.00", "STRIPE")
    statement(there, 2)
    statement(there, 6)
    assert ways(session) == {}
