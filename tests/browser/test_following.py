"""Following a payout in the browser, by keyboard and without script: from its answers to the bank's line, and back."""

from __future__ import annotations

import time
from typing import Any, Final

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER
PATIENCE_S: Final = 60


def a_worker_is_paid(market: Market) -> dict[str, Any]:
    """The largest payout to a worker of a run of all that is due, once the rail's line is matched."""
    market.service.command("clock", "advance", "--to-next-due")
    first, second = market.caller("finance_1"), market.caller("finance_2")
    run = first.post("/v1/payout-runs", {"rail": "sandbox"})["id"]
    second.post(f"/v1/payout-runs/{run}/approve", {})
    second.post(f"/v1/payout-runs/{run}/execute", {})
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        payouts: list[dict[str, Any]] = first.every(f"/v1/payouts?run_id={run}")
        if {one["state"] for one in payouts} == {"reconciled"}:
            workers = [one for one in payouts if one["payee_kind"] == "worker"]
            return max(workers, key=lambda one: float(one["amount"]["amount"]))
        time.sleep(0.5)
    raise AssertionError(payouts)


def test_a_payout_is_followed_from_its_answers_to_the_rails_line_and_back(paying: tuple[Market, Tabs]) -> None:
    market, tabs = paying
    payout = a_worker_is_paid(market)
    page = tabs.open("finance_1")
    page.goto("/console/follow")
    faults = look(page, "follow nothing yet")
    page.goto("/console/follow")
    expect(page.get_by_label("What to follow")).to_be_focused()
    page.keyboard.type(payout["id"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every sum is the next one's")).to_be_visible()
    faults += look(page, "follow a payout")

    to_earnings = page.get_by_role("link", name="Earned for them by this payee")
    to_earnings.focus()
    page.keyboard.press("Enter")
    behind = page.get_by_role("table", name="What was earned for which answer")
    expect(behind).to_be_visible()
    faults += look(page, "follow what is behind a sum")

    behind.get_by_role("link").first.press("Enter")
    places = page.get_by_role("table", name="Where its money is")
    expect(places).to_contain_text("in none")
    faults += look(page, "follow an item")
    places.get_by_role("link", name=payout["id"]).press("Enter")
    expect(page.get_by_label("What to follow")).to_have_value(payout["id"])

    reference = page.get_by_role("table", name="Lines of the rail or bank").locator("code").last.inner_text()
    search(page, reference)
    expect(page.get_by_role("link", name=payout["id"])).to_be_visible()
    search(page, "nothing like it")
    expect(page.get_by_role("alert")).to_contain_text("Nothing here has this id or reference")

    no_script = tabs.open("finance_1", script=False)
    no_script.goto(f"/console/payouts/{payout['id']}")
    no_script.get_by_role("link", name="Follow the money").last.click()
    expect(no_script.get_by_text("Every sum is the next one's")).to_be_visible()

    damage(market)
    search(page, payout["id"])
    broken = page.get_by_role("table", name="Does not add up")
    expect(broken).to_contain_text("An earning is not the sum of its shares")
    faults += look(page, "follow what does not add up")
    assert not faults, told(faults)


def search(page: Page, of: str) -> None:
    """Look for something, by keyboard."""
    box = page.get_by_label("What to follow")
    box.fill(of)
    box.press("Enter")


def damage(market: Market) -> None:
    """Somebody with the rights of the tables' owner pays each worker a millionth more for one answer."""
    engine = sa.create_engine(market.service.environment["DATABASE_OWNER_URL"].replace("://", "+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE earning DISABLE TRIGGER USER"))
        connection.execute(
            sa.text(
                "UPDATE earning SET amount = amount + 1 WHERE id IN ("
                "SELECT DISTINCT ON (payee_id) id FROM earning WHERE payee_kind = 'worker' ORDER BY payee_id, id)"
            )
        )
    engine.dispose()
