"""From a figure of the books to its journal: every page on the way as on a phone and as on a desk."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER


def fact(page: Page, name: str) -> Locator:
    """What stands beside a name in a list of facts."""
    return page.locator(f"dt:text-is('{name}') + dd .money")


def test_finance_opens_a_figure_down_to_its_journal(tabs: Tabs) -> None:
    page = tabs.open("finance_1")
    page.goto("/console")
    faults = look(page, "finance overview")
    page.goto("/console/ledger")
    figure = page.locator("tr", has=page.locator("a[href*='/ledger/accounts/2010?currency=CNY']"))
    whole = figure.locator("td.amount .money").last.inner_text()
    figure.locator("a").first.click()
    expect(page.get_by_role("heading", name="2010")).to_be_visible()
    expect(page.get_by_text("All together hold")).to_contain_text(whole)
    faults += look(page, "ledger accounts")
    account = page.locator("tr", has=page.locator("a[href*='/ledger/accounts/2010/acc_']")).first
    holds = account.locator("td.amount .money").last.inner_text()
    account.locator("a").first.click()
    expect(fact(page, "Closing")).to_have_text(holds)
    first = page.locator("table.rows tbody tr").first
    expect(first.locator("td.amount .money").last).to_have_text(holds)
    moved = first.locator("td.amount .money").first.inner_text()
    faults += look(page, "ledger account")
    page.locator("a[href*='/ledger/journals/jrn_']").first.click()
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    expect(page.locator("td.amount .money", has_text=moved).first).to_be_visible()
    faults += look(page, "ledger journal")
    page.goto("/console/cash-forecast?days=365")
    due = page.locator("a[href*='/ledger/accounts/2110?'][href*='due_']").first
    falls_due = due.inner_text()
    due.click()
    expect(page.get_by_text("All that fall due then hold")).to_contain_text(falls_due)
    faults += look(page, "accounts that fall due")
    for path, name in (
        ("/console/ledger/journals", "ledger journals"),
        ("/console/failed-payouts", "failed payouts"),
        ("/console/cash-forecast?days=365", "cash forecast with links"),
    ):
        page.goto(path)
        faults += look(page, name)
    assert not faults, told(faults)
