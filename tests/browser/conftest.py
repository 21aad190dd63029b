"""One demo market and one browser for all tests of pages; a tab opener that checks behind each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.looking import PICTURES, write_index
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told
from tests.end_to_end.service import serving
from tests.server import Server

# Chromium looks for its maker's services at every start; the tests need none of them.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium is installed here; on Debian and Ubuntu: apt-get install chromium")
    # A sandbox needs another user than root.
    flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def market(browser: Browser, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    early = {"ADVANCE_FEE_PPM": "10000", "ADVANCE_FEE_PPM_MAX": "10000"}
    with serving(server, tmp_path_factory.mktemp("pages"), demo=True, host="localhost", **early) as service:
        made = Market(service)
        made.wait_until_open()
        yield made
    write_index()


@pytest.fixture
def tabs(browser: Browser, market: Market) -> Iterator[Tabs]:
    opener = Tabs(browser, market)
    yield opener
    opener.close()
    assert not opener.troubles, told(opener.troubles)


@pytest.fixture
def paying(browser: Browser, server: Server, tmp_path: Path) -> Iterator[tuple[Market, Tabs]]:
    """A demo market of the test's own: its clock is moved, and its people are paid."""
    with serving(server, tmp_path, demo=True) as service:
        market = Market(service)
        market.wait_until_open()
        tabs = Tabs(browser, market)
        yield market, tabs
        tabs.close()
        assert not tabs.troubles, told(tabs.troubles)
