"""Closing a month: one person of finance proposes on a phone, another approves at a desk by the keyboard alone."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import DESK, PHONE, Tabs, told

pytestmark = BROWSER
TABS_MAX = 200
_FOCUSED = "() => document.activeElement.textContent.trim()"


def press_by_keyboard(page: Page, text: str) -> None:
    """Walk with the tabulator to what has this text, and press Enter."""
    page.locator("body").focus()
    for _n in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED) == text:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{text} is not reached by the tabulator")


def test_two_people_close_a_month_and_its_file_proves_its_digest(tabs: Tabs, market: Market, tmp_path: Path) -> None:
    first, second = tabs.open("finance_1", width=PHONE), tabs.open("finance_2", width=DESK)
    first.goto("/console/periods")
    faults = look(first, "finance at the months of the books")
    first.set_viewport_size({"width": PHONE, "height": 800})
    # The last month that is over: what the market has lived through since does not matter.
    month = first.get_by_role("row").filter(has=first.locator(".chip.waiting")).first.get_by_role("link").inner_text()
    first.get_by_role("link", name=month).click()
    faults += look(first, "finance before closing a month")
    first.set_viewport_size({"width": PHONE, "height": 800})
    first.get_by_role("button", name="Propose to close it").click()
    expect(first.get_by_role("status")).to_contain_text("Another person must approve it")
    expect(first.get_by_role("button", name="Approve")).to_have_count(0)
    faults += look(first, "finance who proposed to close a month")

    second.goto(f"/console/periods/{month}")
    press_by_keyboard(second, "Approve and close the month")
    expect(second.get_by_role("status")).to_contain_text("Nothing is recorded any more")
    digest = second.get_by_text("SHA-256 of the trial balance").locator("xpath=following-sibling::dd[1]").inner_text()
    faults += look(second, "finance after closing a month")
    with second.expect_download() as waited:
        second.get_by_role("link", name="Trial balance as CSV", exact=True).click()
    file = tmp_path / "trial-balance.csv"
    waited.value.save_as(file)
    assert digest_of(file) == digest

    second.get_by_text("Open this month again").click()
    second.get_by_label("Why").fill("A statement came late.")
    second.get_by_role("button", name="Propose to open it again").click()
    faults += look(second, "finance who proposed to open a month again")
    first.set_viewport_size({"width": PHONE, "height": 800})
    first.goto(f"/console/periods/{month}")
    first.get_by_role("button", name="Approve and open the month again").click()
    expect(first.get_by_role("status")).to_contain_text("open again")
    assert not faults, told(faults)


def digest_of(file: Path) -> str:
    """What whoever has the file reckons."""
    with file.open(encoding="utf-8", newline="") as opened:
        accounts = [row for row in csv.DictReader(opened) if "/" in row["account"]]
    lines = [f"{row['account']} {row['debits_units']} {row['credits_units']}" for row in accounts]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
