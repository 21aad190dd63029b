"""Strangers become workers at once and clients after operations have looked, through forms and mail alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER


def open_mail(page: Page, email: str) -> None:
    """From the development mail page, through the link, by its button."""
    page.get_by_role("link", name="Read it here").click()
    mail = page.get_by_role("article").filter(has_text=email).first
    mail.get_by_role("link").first.click()
    page.get_by_role("button", name="Sign in").click()


def test_a_stranger_becomes_a_worker(tabs: Tabs) -> None:
    page = tabs.open()
    page.goto("/")
    page.get_by_role("link", name="Sign up to work").click()
    page.get_by_label("Your name").fill("Wanjiru Mwangi")
    page.get_by_label("E-mail address").fill("wanjiru@people.example")
    page.get_by_label("Country you live in").select_option(label="Kenya")
    page.get_by_role("checkbox", name="Swahili").check()
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Wanjiru Mwangi")
    expect(page.get_by_role("checkbox", name="Swahili")).to_be_checked()
    expect(page.locator(".error")).to_have_count(2)
    faults = look(page, "stranger after a refusal")
    page.get_by_role("checkbox", name="I am of age").check()
    page.get_by_role("checkbox", name="terms").check()
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    faults += look(page, "stranger after signing up")
    open_mail(page, "wanjiru@people.example")
    expect(page.get_by_role("heading", name="Hello, Wanjiru Mwangi")).to_be_visible()
    faults += look(page, "worker on the first day")
    page.get_by_role("link", name="Earnings").click()
    faults += look(page, "worker without earnings")
    page.get_by_role("link", name="Set it now").click()
    page.get_by_label("Account").fill("sandbox-wanjiru")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The next payout goes there")
    page.get_by_role("link", name="My work").click()
    faults += look(page, "worker without work")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/work/earnings")
    expect(page.get_by_role("heading", name="Sign in to work")).to_be_visible()
    assert not faults, told(faults)


def test_a_client_signs_up_and_operations_approve(tabs: Tabs, market: Market) -> None:
    client = tabs.open()
    client.goto("/sign-up")
    client.get_by_role("link", name="As a client").click()
    client.get_by_label("Name of the organization").fill("Lighthouse Maps")
    client.get_by_label("Your name").fill("Lena Lund")
    client.get_by_label("E-mail address").fill("lena@lighthouse.example")
    client.get_by_label("Country of the organization").select_option(label="Norway")
    client.get_by_role("checkbox", name="terms").check()
    client.get_by_role("button", name="Sign up").click()
    open_mail(client, "lena@lighthouse.example")
    expect(client.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    faults = look(client, "client waiting for approval")

    operations = tabs.open("operations")
    operations.goto("/console/organizations")
    card = operations.get_by_role("article").filter(has_text="Lighthouse Maps")
    expect(card.get_by_text("verified", exact=True)).to_be_visible()
    faults += look(operations, "operations with a sign-up")
    card.get_by_role("link", name="Decide").click()
    operations.get_by_role("button", name="Approve").click()
    expect(operations.get_by_role("status").first).to_be_visible()

    client.goto("/console")
    expect(client.get_by_role("heading", name="Waiting for approval")).to_have_count(0)
    client.get_by_text("Money in", exact=True).click()
    client.get_by_role("link", name="Deposits", exact=True).click()
    expect(client.get_by_role("button").last).to_be_enabled()
    assert not faults, told(faults)
