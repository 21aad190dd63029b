"""Browser tabs that notice what goes wrong behind a page: script errors, policy violations, missing resources."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Response, expect

from tests.browser.market import Market

DESK: Final = 1280
PHONE: Final = 360
HEIGHT: Final = 900
PATIENCE_MS: Final = 20_000
expect.set_options(timeout=PATIENCE_MS)


class Tabs:
    """Opens tabs for people, each with its own cookies, and collects the troubles of all of them."""

    def __init__(self, browser: Browser, market: Market) -> None:
        self._browser = browser
        self._market = market
        self._contexts: list[BrowserContext] = []
        self._refused: set[str] = set()
        self.troubles: list[str] = []

    def open(
        self, part: str | None = None, *, script: bool = True, width: int = DESK, service_worker: bool = True
    ) -> Page:
        """A new tab, of somebody of the cast who is signed in, or of a stranger."""
        context = self._browser.new_context(
            base_url=self._market.url,
            storage_state=self._market.cookies.get(part or ""),
            java_script_enabled=script,
            viewport={"width": width, "height": HEIGHT},
            locale="en-GB",
            service_workers="allow" if service_worker else "block",
            reduced_motion="reduce",  # colours are measured, not caught on their way to other colours
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        context.on("response", self._on_response)
        context.on("dialog", self._on_dialog)
        self._contexts.append(context)
        page = context.new_page()
        if part is not None and part not in self._market.cookies:
            self._market.sign_in(page, part)
        return page

    def close(self) -> None:
        """Close every tab that was opened here."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _on_response(self, response: Response) -> None:
        if response.status < 400:
            return
        # A form that a worker sends goes through the service worker, which is no navigation by itself.
        of_form = response.request.is_navigation_request() or response.request.service_worker is not None
        if of_form:
            # A refused form is a page like any other: the test says what it must show.
            self._refused.add(response.url)
        if response.status >= 500 or not of_form:
            self.troubles.append(f"{response.status} {response.url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or message.location["url"] in self._refused:
            return
        where = message.page.url if message.page else ""
        self.troubles.append(f"console, {where}: {message.text}")


def told(troubles: Iterable[str]) -> str:
    """Troubles as a failing test shows them."""
    return "\n".join(dict.fromkeys(troubles))


def reload_until(shown: Locator) -> None:
    """Reload the page as a person would who waits for what a sweep of the scheduler brings."""
    deadline = time.monotonic() + 3 * PATIENCE_MS / 1000
    while not shown.is_visible() and time.monotonic() < deadline:
        shown.page.wait_for_timeout(500)
        shown.page.reload()
    expect(shown).to_be_visible()
