"""What comes over the line for a page."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, Request

from tests.browser.tabs import Tabs

PLAIN_MOST: Final = 20_000
"""Bytes that a worker's page may weigh which is no workbench."""
WORKBENCH_MOST: Final = {"image": 60_000, "text": 40_000, "audio": 40_000, "cuboids": 180_000}
"""Bytes that a workbench may weigh without what is labeled, by what that is."""


class Line:
    """What came over the line for a page, in bytes by address; the network's own, not what the page says."""

    def __init__(self, page: Page) -> None:
        self.got: dict[str, int] = {}
        page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        self.got[request.url] = self.got.get(request.url, 0) + request.sizes()["responseBodySize"]

    def forget(self) -> None:
        """Begin anew, for the next page in the same tab."""
        self.got.clear()

    def without_media(self) -> int:
        """The bytes of the page, its style and its own script: all but the media to label and points of a cloud."""
        return sum(size for url, size in self.got.items() if "/media/" not in url and not url.endswith("/points"))

    def of(self, what: str) -> int:
        """The bytes of all addresses with that in them."""
        return sum(size for url, size in self.got.items() if what in url)

    def settle(self, page: Page) -> None:
        """Wait until nothing more comes, and the last sizes are told."""
        known = None
        while known != self.got:
            known = dict(self.got)
            page.wait_for_timeout(700)


def keep_nothing(page: Page) -> None:
    """Let the tab load each page as a browser does that has nothing of it yet."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})


def opened(tabs: Tabs, part: str, path: str, *, saving: bool) -> tuple[Page, Line]:
    """A page in a browser that has nothing yet; no service worker stands between it and the line."""
    page = tabs.open(part, service_worker=False)
    page.context.set_extra_http_headers({"Save-Data": "on"} if saving else {})
    line = Line(page)
    page.goto(path, wait_until="load")
    line.settle(page)
    return page, line
