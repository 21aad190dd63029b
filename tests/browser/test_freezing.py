"""The freeze of payouts and the platform's own money: two of finance, as on a phone and as on a desk."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER


def test_one_of_finance_freezes_payouts_and_two_let_them_be_sent_again(tabs: Tabs) -> None:
    one, other = tabs.open("finance_1"), tabs.open("finance_2")
    one.goto("/console/payout-freeze")
    faults = look(one, "payouts may be sent")
    one.get_by_label("Why").fill("The bank called about a payment that nobody here knows of.")
    one.get_by_role("button", name="Freeze").click()
    expect(one.get_by_text("Reason: The bank called")).to_be_visible()
    one.get_by_label("Why").fill("It was a mistake of theirs.")
    one.get_by_role("button", name="Ask").click()
    expect(one.get_by_text("Another person must do it.")).to_be_visible()
    faults += look(one, "payouts are frozen")
    other.goto("/console/payout-freeze")
    faults += look(other, "payouts may be sent again by another")
    other.get_by_role("button", name="Read the rails back").click()
    expect(other.get_by_text("Payouts may be sent.")).to_be_visible()
    assert not faults, told(faults)


def test_a_move_of_the_platforms_own_money_is_proposed_and_given_up(tabs: Tabs) -> None:
    one, other = tabs.open("finance_1"), tabs.open("finance_2")
    one.goto("/console/own-money")
    faults = look(one, "own money")
    one.get_by_label("Amount").fill("12.50")
    one.get_by_label("Currency").fill("CNY")
    one.get_by_label("Why").fill("A cushion for the fees of the bank.")
    one.get_by_role("button", name="Propose", exact=True).first.click()
    expect(one.get_by_role("heading", name="Capital put in")).to_be_visible()
    other.goto("/console/own-money")
    faults += look(other, "own money, proposed")
    one.get_by_role("button", name="Give it up").first.click()
    expect(one.get_by_role("button", name="Give it up")).to_have_count(0)
    assert not faults, told(faults)
