"""Payday: one person of finance prepares, only another may approve, and the worker sees what came and what comes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, reload_until, told

pytestmark = BROWSER
# What the page does not offer to who prepared the run, sent all the same.
_FORCE = """action => {
  const form = Object.assign(document.createElement("form"), { method: "post", action });
  form.append(document.querySelector("[name=csrf_token]").cloneNode());
  document.body.append(form);
  form.submit();
}"""


def test_one_prepares_another_approves_and_the_worker_is_paid(tabs: Tabs, market: Market) -> None:
    printed = market.service.command("clock", "advance", "--to-next-due")
    assert "02-28" in printed or "02-29" in printed
    first, second = tabs.open("finance_1"), tabs.open("finance_2")
    first.goto("/console/payout-runs")
    first.get_by_role("button", name="Prepare").click()
    expect(first.get_by_role("status")).to_contain_text("Another person must approve it")
    expect(first.get_by_text("You prepared this run; another person must approve it.")).to_be_visible()
    expect(first.get_by_role("button", name="Approve")).to_have_count(0)
    run = first.url.removesuffix("/").rpartition("/")[2]
    first.evaluate(_FORCE, f"/console/payout-runs/{run}/approve")
    refusal = first.get_by_role("alert")
    expect(refusal).to_contain_text("Another person must do this")
    faults = look(first, "finance refused")

    second.goto("/console/payout-runs")
    second.get_by_role("row").nth(1).get_by_role("link").click()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("status")).to_contain_text("Approved")
    second.get_by_role("button", name="Execute").click()
    expect(second.get_by_role("status")).to_contain_text("Sent")
    # A payout that the scheduler is just sending, and news of one, are there a tick later.
    reload_until(second.get_by_role("heading", name=re.compile("Payout run done")))
    faults += look(second, "finance after a run")

    worker = tabs.open("worker_1")
    worker.goto("/work/earnings")
    dates = worker.get_by_role("region", name="What comes when").get_by_role("row")
    expect(dates.nth(1)).to_have_text(re.compile(r"Feb\w* 2\d{3}.*paid.*70\.00", re.DOTALL))
    expect(dates.nth(2)).to_have_text(re.compile(r"July? 2\d{3}.*scheduled.*70\.00", re.DOTALL))
    assert figures(worker) == {"Earned": "140.00", "Scheduled": "70.00", "Paid": "70.00"}
    worker.goto("/work/")
    reload_until(worker.get_by_text("Paid out:"))
    expect(worker.get_by_text("Next payment").locator("..")).to_contain_text("70.00")
    assert not faults, told(faults)


def figures(page: Page) -> dict[str, str]:
    """What the tiles of the earnings page say, without those that are nought."""
    found = re.findall(r"(Earned|Scheduled|Due|On its way|Held|Paid)\s+([\d,.]+)", page.locator("main").inner_text())
    return {name: amount for name, amount in found if float(amount.replace(",", ""))}
