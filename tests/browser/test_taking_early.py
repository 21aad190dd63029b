"""Pay before its day, on a phone: both ways stand side by side, and what is confirmed is what was shown."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import PHONE, Tabs, told

pytestmark = BROWSER


def test_both_ways_stand_side_by_side_on_a_phone_and_one_is_taken(tabs: Tabs, market: Market) -> None:
    worker = tabs.open("worker_2", width=PHONE)
    worker.goto("/work/earnings")
    early = worker.get_by_role("region", name="Wait for free, or take it early")
    # Other tests may have earned this worker something else meanwhile: the half of the example is looked for.
    ways = early.locator(".two-ways").filter(has_text="61.25 CNY").first
    free, paid = ways.locator(".tile").nth(0), ways.locator(".tile").nth(1)
    expect(free).to_contain_text("free")
    expect(paid).to_contain_text("60.6375 CNY")
    expect(paid).to_contain_text("fee 0.6125 CNY")
    left, right = free.bounding_box(), paid.bounding_box()
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    faults = look(worker, "worker offered pay early")
    worker.set_viewport_size({"width": PHONE, "height": 900})

    ways.locator("xpath=following-sibling::div[1]").get_by_role("link").click()
    faults += look(worker, "worker taking pay early")
    worker.get_by_role("button", name="Take it early for a fee of 0.6125 CNY").click()
    expect(worker.get_by_role("status")).to_contain_text("It comes with the next payout")
    faults += look(worker, "worker who took pay early")
    rows = market.caller("worker_2").get("/worker/v1/installments")["data"]
    assert [row["state"] for row in rows if row["amount"]["amount"] == "61.25" and row["state"] != "scheduled"]
    assert not faults, told(faults)
