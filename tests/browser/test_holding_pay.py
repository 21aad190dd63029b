"""Finance holds a worker's pay on its page; the worker reads why, and is free of it once somebody else releases it."""

from __future__ import annotations

from playwright.sync_api import expect

from marketplace.entrypoints.demo.people import part_of
from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER
REASON = "Two accounts share a bank account; we are asking both."


def test_pay_is_held_for_a_reason_that_the_worker_reads_until_another_releases_it(tabs: Tabs) -> None:
    first, second = tabs.open("finance_1"), tabs.open("finance_2")
    first.goto("/console/pay-holds")
    faults = look(first, "finance holds nothing")
    first.get_by_label("All that is due to").select_option(label=part_of("worker_3").name)
    first.get_by_label("Why").fill(REASON)
    first.get_by_role("button", name="Hold", exact=True).click()
    expect(first.get_by_role("status")).to_contain_text("Held. The payee is told.")
    expect(first.get_by_role("row").nth(1)).to_contain_text("asked until")
    faults += look(first, "finance holds pay")

    worker = tabs.open("worker_3")
    worker.goto("/work/earnings")
    expect(worker.get_by_text(REASON)).to_be_visible()
    faults += look(worker, "worker whose pay is held")

    second.goto("/console/pay-holds")
    second.get_by_role("button", name="Confirm until").click()
    expect(second.get_by_role("status")).to_contain_text("Confirmed.")
    second.get_by_text("Release", exact=True).click()
    second.get_by_label("Why it ends").fill("They are a couple.")
    second.get_by_role("button", name="Release now").click()
    expect(second.get_by_role("status")).to_contain_text("Released; it falls due again.")
    faults += look(second, "finance released pay")
    worker.reload()
    expect(worker.get_by_text(REASON)).to_have_count(0)
    assert not faults, told(faults)
