"""A browser with a memory of its own, whose battery can be empty."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests.browser.conftest import QUIET
from tests.browser.tabs import HEIGHT, PATIENCE_MS, PHONE


class Phone:
    """A browser with a memory of its own, that can be killed and started again."""

    def __init__(self, browser: Browser, folder: Path, url: str) -> None:
        self._type, self._folder, self._url = browser.browser_type, folder, url
        self.context: BrowserContext | None = None

    def start(self, cookies: StorageState) -> Page:
        """Start it, with somebody signed in."""
        flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        self.context = self._type.launch_persistent_context(
            self._folder,
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=flags,
            base_url=self._url,
            viewport={"width": PHONE, "height": HEIGHT},
            locale="en-GB",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_cookies(cookies["cookies"])  # type: ignore[arg-type]
        return self.context.pages[0] if self.context.pages else self.context.new_page()

    def kill(self) -> None:
        """As when the battery is empty."""
        wanted = str(self._folder).encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if wanted in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
        with suppress(Exception):
            assert self.context
            self.context.close()
        (self._folder / "SingletonLock").unlink(missing_ok=True)
