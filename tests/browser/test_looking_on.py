"""Staff of the platform look at the pages of a worker and of a client: every page that can be reached, and back."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from marketplace.entrypoints.demo.people import part_of
from tests.browser import BROWSER
from tests.browser.looking import glance, look
from tests.browser.market import Market
from tests.browser.tabs import PHONE, Tabs, told

pytestmark = BROWSER
PAGES_MAX: Final = 120
ALONE: Final = re.compile(r"/(access|keys)$")
FILE: Final = re.compile(r"/(file|pdf|proof|data\.json|calendar\.ics)(\?|$)")
BANNER: Final = "Whose pages these are"
KEPT: Final = """async () => [
  (await navigator.serviceWorker.getRegistrations()).length, (await caches.keys()).length,
  (await indexedDB.databases()).length,
]"""


def begin(page: Page, part: str, place: str) -> list[str]:
    page.goto("/console/looks")
    page.get_by_label("Their address or id").fill(part_of(part).email)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name=place).check()
    page.get_by_label("Why").fill("They wrote that a page is broken")
    faults = look(page, f"before a look at {part}")
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_role("region", name=BANNER)).to_contain_text(part_of(part).name)
    return faults


def crawl(page: Page, face: str) -> dict[str, int]:
    """The status of every page that links lead to, as far as the limit; each shows the banner."""
    waiting, seen = [f"/{face}/" if face == "work" else f"/{face}"], dict[str, int]()
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        if path in seen:
            continue
        answer = page.request.get(path, max_redirects=0)
        seen[path] = answer.status
        html = answer.text()
        assert BANNER in html, path
        found = [unescape(one) for one in re.findall(rf'href="(/{face}[/?][^"#]*)"', html)]
        waiting += [one for one in dict.fromkeys(found) if "/static/" not in one and "cursor=" not in one]
    return seen


@pytest.mark.parametrize(("face", "part", "place"), [("work", "worker_1", "Work"), ("console", "client", "Requester")])
def test_all_pages_are_seen_and_none_does_anything(
    tabs: Tabs, market: Market, face: str, part: str, place: str
) -> None:
    taken = market.claim(part) if face == "work" else None
    page = tabs.open("operations", width=PHONE)
    faults = begin(page, part, place)
    faults += look(page, f"a look at {part}")
    seen = crawl(page, face)
    if taken is not None:
        market.give_back(part, taken)
    refused = {path for path, status in seen.items() if status != 200}
    assert len(seen) > 15, seen
    assert {path for path in refused if not ALONE.search(path) and not FILE.search(path)} == set()
    assert {seen[path] for path in refused} == {403}
    for path in [path for path in seen if path not in refused and "/claims/" not in path][1:8]:
        page.goto(path)
        faults += glance(page, f"a look at {part}, {path}")

    page.goto("/work/settings" if face == "work" else "/console/team")
    page.locator("main form[method=post] button").first.click()
    expect(page.get_by_role("heading", name="You only look")).to_be_visible()
    faults += look(page, f"a look at {part} that did something")
    assert page.evaluate(KEPT) == [0, 0, 0]

    page.get_by_role("button", name="Stop looking").click()
    expect(page.get_by_role("status")).to_contain_text("These are your own pages again.")
    expect(page.get_by_role("region", name=BANNER)).to_have_count(0)
    faults += look(page, "after a look")
    # What the tab had before is asked for anew, and is not there any more.
    page.goto(f"/{face}/access")
    expect(page.get_by_role("region", name=BANNER)).to_have_count(0)
    expect(page.get_by_text(part_of(part).name)).to_have_count(0)
    own = tabs.open(part)
    own.goto(f"/{face}/access")
    expect(own.get_by_role("table", name="When support looked at your pages")).to_contain_text("a page is broken")
    faults += look(own, f"{part} whose pages were looked at")
    assert not faults, told(faults)
