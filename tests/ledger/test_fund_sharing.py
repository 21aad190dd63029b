"""The wage guarantee fund by setting: a share of the fees that were taken out, until the target, out of own money."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.coverage import coverage
from marketplace.ledger.fund_sharing import share_fees
from marketplace.ledger.models import Journal
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, client_deposits, guarantee_fund
from marketplace.ledger.treasury import put_in_capital, take_fees
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to

ACTOR = system_actor("tests")
TENTH, WIDE, NARROW = 100_000, 1_000_000, 10_000


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def next_day(session: Session) -> None:
    move_clock_to(session, market_now(session).date() + dt.timedelta(days=1))


@pytest.fixture
def taken(session: Session) -> None:
    """Workers are owed 3.50 CNY; of fees of 0.45 CNY 0.40 were taken out yesterday; there is no other own money."""
    chain = make_chain(session, items=10, funds="9.00")
    for _ in range(10):
        accept(session, chain, hand_in(session, chain))
    deposit, pair = new_id(), Pair(bank_wages("CNY"), client_deposits(chain.client.organization, "CNY"), cny("9"))
    post(session, ACTOR, kind="J1", key=f"J1:{deposit}", pairs=[pair], subject=("deposit", deposit))
    take_fees(session, ACTOR, cny("0.30"))
    take_fees(session, ACTOR, cny("0.10"))
    next_day(session)


def fund(session: Session) -> Money:
    return balance(session, guarantee_fund("CNY"))


@pytest.mark.usefixtures("taken")
def test_the_fund_gets_its_share_of_what_was_taken_once_and_from_own_money(session: Session) -> None:
    before = coverage(session)["CNY"]
    assert share_fees(session, TENTH, WIDE) == 1
    assert share_fees(session, TENTH, WIDE) == 0
    assert fund(session) == cny("0.04")
    assert balance(session, bank_operating("CNY")) == cny("0.36")
    after = coverage(session)["CNY"]
    # What came to the fund came to the cash of others too: of theirs nothing was used.
    assert (after.cash - before.cash, after.owed - before.owed) == (cny("0.04"), cny("0.04"))
    assert [result.check.name for result in run_checks(session).results if result.findings] == []
    (journal,) = session.scalars(select(Journal).where(Journal.kind == "J20"))
    assert journal.actor == "system:share_fees"
    next_day(session)
    assert share_fees(session, TENTH, WIDE) == 0


@pytest.mark.usefixtures("taken")
def test_without_the_setting_nothing_is_given(session: Session) -> None:
    assert share_fees(session, 0, WIDE) == 0
    assert fund(session).is_zero


@pytest.mark.usefixtures("taken")
def test_the_fund_grows_to_its_target_and_no_further(session: Session) -> None:
    # One per cent of the 3.50 that workers are owed.
    assert share_fees(session, TENTH, NARROW) == 1
    assert fund(session) == cny("0.035")
    next_day(session)
    take_fees(session, ACTOR, cny("0.05"))
    next_day(session)
    assert share_fees(session, TENTH, NARROW) == 0
    assert fund(session) == cny("0.035")
    # Room for more: the share of yesterday comes yet.
    assert share_fees(session, TENTH, WIDE) == 1
    assert fund(session) == cny("0.04")


@pytest.mark.usefixtures("taken")
def test_it_takes_no_more_than_the_operating_account_holds(session: Session) -> None:
    assert share_fees(session, 1_000_000, WIDE) == 1
    assert fund(session) == cny("0.40")
    assert balance(session, bank_operating("CNY")).is_zero


@pytest.mark.usefixtures("taken")
def test_what_was_spent_meanwhile_is_not_given(session: Session) -> None:
    spent, pair = new_id(), Pair(bank_wages("CNY"), bank_operating("CNY"), cny("0.38"))
    post(session, ACTOR, kind="J14", key=f"J14:{spent}", pairs=[pair], subject=("chargeback", spent))
    assert share_fees(session, TENTH, WIDE) == 1
    assert fund(session) == cny("0.02")


def test_the_day_that_is_not_over_waits_and_a_week_later_it_is_too_late(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    put_in_capital(session, ACTOR, cny("10"))
    pair = Pair(bank_operating("CNY"), bank_wages("CNY"), cny("0.01"))
    with session.begin_nested() as undone:
        journal = new_id()
        post(session, ACTOR, kind="J17", key=f"J17:{journal}", pairs=[pair], subject=("journal", journal))
        assert share_fees(session, TENTH, WIDE) == 0
        move_clock_to(session, market_now(session).date() + dt.timedelta(days=8))
        assert share_fees(session, TENTH, WIDE) == 0
        assert fund(session).is_zero
        undone.rollback()
