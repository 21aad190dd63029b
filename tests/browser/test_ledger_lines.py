"""From a figure of the books to its journal: every page on the way as on a phone and as on a desk."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER


def test_finance_opens_a_figure_down_to_its_journal(tabs: Tabs) -> None:
    page = tabs.open("finance_1")
    page.goto("/console")
    faults = look(page, "finance overview")
    page.goto("/console/ledger")
    page.locator("a[href*='/ledger/accounts/2010']").first.click()
    expect(page.get_by_role("heading", name="2010")).to_be_visible()
    faults += look(page, "ledger accounts")
    page.locator("a[href*='/ledger/accounts/2010/acc_']").first.click()
    expect(page.get_by_text("Opening")).to_be_visible()
    faults += look(page, "ledger account")
    page.locator("a[href*='/ledger/journals/jrn_']").first.click()
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    faults += look(page, "ledger journal")
    for path, name in (
        ("/console/ledger/journals", "ledger journals"),
        ("/console/failed-payouts", "failed payouts"),
        ("/console/cash-forecast?days=365", "cash forecast with links"),
    ):
        page.goto(path)
        faults += look(page, name)
    assert not faults, told(faults)
