"""On a slow line and a slow phone: when the largest part of a page stands there, beside a page of a few letters.

The line is Chromium's "Slow 4G" and the processor a quarter as quick as this machine's. What is asserted is how many
times as long a page takes as the barest that the same server gives in the same run: a busy machine slows both.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser import BROWSER
from tests.browser.market import Market
from tests.browser.tabs import PHONE, Tabs

pytestmark = BROWSER
SLOW_4G: Final = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
"""Milliseconds and bytes a second: 1.6 Mbit/s down, 750 kbit/s up."""
TIMES_SLOWER: Final = 4
ROUNDS: Final = 5
BARE: Final = "/healthz"
TIMES_BARE: Final = 8
"""Twice the most that was seen on a machine under load (docs/performance.md)."""
_WATCH: Final = """
new PerformanceObserver(list => { for (const one of list.getEntries()) window.largest = one.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
"""


def largest_paint(page: Page, line: CDPSession, path: str) -> float:
    """Milliseconds until the largest part of the page was painted, with nothing of it on the device."""
    line.send("Network.clearBrowserCache")
    page.goto(path, wait_until="load")
    while not page.evaluate("window.largest"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(400)
    return float(page.evaluate("window.largest"))


@pytest.fixture
def slow(tabs: Tabs) -> Iterator[tuple[Page, CDPSession]]:
    page = tabs.open("worker_2", width=PHONE, service_worker=False)
    page.add_init_script(_WATCH)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    line.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    yield page, line
    # A bare page names no icon, so Chromium asks for one where none is.
    tabs.troubles[:] = [one for one in tabs.troubles if BARE not in one]


def test_pages_stand_there_soon_on_a_slow_line(slow: tuple[Page, CDPSession], market: Market) -> None:
    taken = market.claim("worker_2")
    pages = {"home": "/work/", "find tasks": "/work/tasks", "workbench": f"/work/claims/{taken['id']}/items/1"}
    took: dict[str, list[float]] = {name: [] for name in ("bare", *pages)}
    for _ in range(ROUNDS):
        for name, path in {"bare": BARE, **pages}.items():
            took[name].append(largest_paint(*slow, path))
    middle = {name: statistics.median(times) for name, times in took.items()}
    told = ", ".join(f"{name} {time:.0f} ms = {time / middle['bare']:.1f} times" for name, time in middle.items())
    sys.stdout.write(f"\nlargest paint: {told}\n")
    market.give_back("worker_2", taken)
    assert {name for name in pages if middle[name] > TIMES_BARE * middle["bare"]} == set(), told
