import html
import re

import pytest
from sqlalchemy.orm import Session

from marketplace.console.overseeing import money_now
from marketplace.kernel.money import Money
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import Code
from marketplace.ledger.coverage import coverage
from marketplace.ledger.treasury import put_in_capital
from tests.builders.identity import make_staff
from tests.builders.payouts import make_approved_run, make_due_chain, make_finance, payout_of
from tests.builders.settlement import accept, hand_in
from tests.console.conftest import Enter
from tests.ledger.parts import ACTOR


def test_finance_sees_the_money_of_each_currency_and_every_number_opens_a_page(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session, items=3)
    accept(session, chain, hand_in(session, chain))
    finance = make_finance(session)
    browser = enter(finance.preparer)
    page = browser.get("/console").text
    money = page.split('id="m-CNY"')[1].split("</section>")[0]
    assert len(re.findall(r"<dd", money)) == money.count("<dd><a ") >= 6
    for link in re.findall(r'href="([^"]+)"', money):
        assert browser.get(html.unescape(link)).status_code == 200, link
    for words in (
        "Owed within 7 days",
        "Owed within 90 days",
        "Margins of layer 1 this month",
        "Cash over what is owed",
    ):
        assert words in money


def test_the_numbers_are_those_of_the_books(session: Session) -> None:
    chain = make_due_chain(session, items=3)
    accept(session, chain, hand_in(session, chain))
    reader = make_finance(session).preparer
    _, (one,) = money_now(session, reader)
    sums = {line.code: line.balance for line in trial_balance(session, reader)}
    assert {line.code: line.balance for line in one.accounts}.items() <= sums.items()
    owed = dict(one.owed)
    nothing = Money.zero("CNY")
    due = sum((sums.get(code, nothing) for code in (Code.PAY_DUE, Code.MARGIN_DUE)), nothing)
    everything = due + sum((sums.get(code, nothing) for code in (Code.PAY_DEFERRED, Code.MARGIN_DEFERRED)), nothing)
    assert due.amount <= owed[7].amount <= owed[30].amount <= owed[90].amount <= everything.amount
    assert owed[90].amount > 0
    assert one.ratio_ppm == coverage(session)["CNY"].ratio_ppm
    assert sum((margin.amount for margin in one.margins), Money.zero("CNY")).amount > 0


def test_each_sum_owed_opens_a_forecast_that_shows_it(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session, items=3)
    accept(session, chain, hand_in(session, chain))
    browser = enter(make_finance(session).preparer)
    owed = re.findall(
        r'<a href="(/console/cash-forecast\?days=\d+)"><span class="money">([^<]+)', browser.get("/console").text
    )
    assert len(owed) == 3
    assert len({amount for _, amount in owed}) > 1
    for link, amount in owed:
        days = link.partition("=")[2]
        shown = re.search(rf"Owed within {days} days, [^<]+</dt><dd[^>]*><span[^>]+>([^<]+)", browser.get(link).text)
        assert shown is not None
        assert shown[1] == amount


def test_a_currency_with_capital_alone_has_its_account_and_nothing_owed(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    put_in_capital(session, ACTOR, Money.parse("1000", "USD"))
    reader = make_finance(session).preparer
    _, found = money_now(session, reader)
    assert [one.currency for one in found] == ["CNY", "USD"]
    (line,) = found[1].accounts
    assert (line.code, line.balance) == (Code.BANK_OPERATING, Money.parse("1000", "USD"))
    assert (found[1].owed, found[1].ratio_ppm) == ((), None)
    money = enter(reader).get("/console").text.split('id="m-USD"')[1].split("</section>")[0]
    assert money.count("<dd><a ") == 1


def test_who_may_not_read_the_ledger_sees_no_money_of_the_platform(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    assert 'id="m-CNY"' not in enter(make_staff(session, "dispute_decider")).get("/console").text


@pytest.mark.parametrize("state", ["refused", "returned", "unknown"])
def test_failed_payouts_of_all_runs_are_listed_by_what_became_of_them(
    session: Session, enter: Enter, state: str
) -> None:
    chain, finance = make_due_chain(session), make_finance(session)
    payout = payout_of(session, make_approved_run(session, finance), chain.workers[0])
    browser = enter(finance.preparer)
    assert "No payout stands so." in browser.get(f"/console/failed-payouts?state={state}").text
    held = payout.state
    try:
        payout.state = state
        session.flush()
        page = browser.get(f"/console/failed-payouts?state={state}").text
    finally:
        payout.state = held
        session.flush()
    assert page.count("/console/payouts/pay_") == 1
    assert browser.get("/console/failed-payouts?state=settled").status_code == 422
