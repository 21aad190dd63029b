"""Work without a network: pages are read, answers are kept on the device, and each arrives once, whoever is killed."""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from marketplace.entrypoints.demo.people import part_of
from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import TEXTS, Market
from tests.browser.phones import Phone
from tests.browser.tabs import PATIENCE_MS, Tabs

pytestmark = BROWSER
WORKER = "worker_2"
_OPEN = """const database = await new Promise((resolve) => {
  const opening = indexedDB.open("piecework", 1);
  opening.onsuccess = () => resolve(opening.result);
});
const store = database.transaction("outbox", "readwrite").objectStore("outbox");"""
KEPT = f"""async () => {{ {_OPEN}
  return new Promise((resolve) => {{ const all = store.getAll(); all.onsuccess = () => resolve(all.result); }}); }}"""
PUT_BACK = f"""async (kept) => {{ {_OPEN}
  for (const one of kept) store.put(one);
  await new Promise((resolve) => {{ store.transaction.oncomplete = resolve; }}); }}"""


class Road:
    """The way from a browser to the service, which can be closed: then nobody is there, as with a server killed."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._listen()

    def _listen(self) -> None:
        door = self._door

        def take() -> None:
            with suppress(OSError):
                while True:
                    near, _ = door.accept()
                    far = socket.create_connection(("127.0.0.1", self._to))
                    self._open += [near, far]
                    threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

        threading.Thread(target=take, daemon=True).start()

    @staticmethod
    def _carry(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError, ValueError), near, far:
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    told = ready.recv(65536)
                    if not told:
                        return
                    (far if ready is near else near).sendall(told)

    def close(self) -> None:
        """Let nobody through, and cut off who is on the way."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def reopen(self) -> None:
        """Let them through again, at the same place."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        self._listen()


@pytest.fixture
def road(market: Market) -> Iterator[Road]:
    found = Road(urlsplit(market.url).port or 80)
    yield found
    found.close()


@pytest.fixture
def phone(browser: Browser, road: Road, tmp_path: Path) -> Iterator[Phone]:
    found = Phone(browser, tmp_path / "phone", f"http://localhost:{road.port}")
    yield found
    found.kill()


def keep_pages(page: Page, path: str, count: int) -> None:
    """Open the claim, and wait until the device has its pages."""
    page.goto(path)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        kept = page.evaluate(
            "async () => (await (await caches.open('pages')).keys()).map((one) => new URL(one.url).pathname)"
        )
        if sum(one.startswith(f"{path}/items/") for one in kept) == count and "/work/outbox" in kept:
            return
        time.sleep(0.1)
    raise AssertionError(f"the device has only {kept}")


def submissions(market: Market, claim: dict[str, Any]) -> int:
    """How often the log says that the claim was submitted, once what is recorded by now is sealed."""
    time.sleep(3)
    events = market.caller(WORKER).every(f"/worker/v1/log/events?subject={claim['id']}")
    return sum(event["kind"] == "claim.submitted" for event in events)


def state_of(market: Market, claim: dict[str, Any]) -> str:
    return str(market.caller(WORKER).get(f"/worker/v1/claims/{claim['id']}")["state"])


def wait_for(market: Market, claim: dict[str, Any], state: str) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while state_of(market, claim) != state and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state_of(market, claim) == state


def answer_without_network(page: Page, cut_off: Callable[[], None], claim: dict[str, Any], path: str) -> None:
    """Answer every item of a claim; nobody can be reached any more before the last is sent."""
    count = len(claim["items"])
    keep_pages(page, path, count)
    for number in range(1, count):
        page.goto(f"{path}/items/{number}")
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Save and go on").click()
    page.goto(f"{path}/items/{count}")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Save only").or_(page.get_by_role("button", name="Save and go on")).click()
    page.goto(f"{path}/items/{count}")
    keep_pages(page, path, count)
    page.goto(f"{path}/items/{count}")
    cut_off()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="submit", exact=False).first.click()
    page.wait_for_url("**/work/outbox")


@pytest.fixture
def claim(market: Market, tabs: Tabs) -> dict[str, Any]:
    tabs.open(WORKER)
    return market.claim(WORKER, TEXTS)


def test_an_answer_given_without_a_network_arrives_once_through_a_kill_of_the_browser(
    market: Market, road: Road, phone: Phone, claim: dict[str, Any]
) -> None:
    path = f"/work/claims/{claim['id']}"
    page = phone.start(market.cookies[WORKER])
    answer_without_network(page, road.close, claim, path)
    expect(page.get_by_text("Waits for a network.")).to_be_visible()
    assert look(page, "outbox") == []
    phone.kill()
    page = phone.start(market.cookies[WORKER])
    page.goto("/work/outbox")  # from what the device keeps: nobody can be reached
    expect(page.get_by_text("Waits for a network.")).to_be_visible()
    assert state_of(market, claim) == "claimed"
    road.reopen()
    page.goto("/work/")
    wait_for(market, claim, "submitted")
    page.goto("/work/outbox")
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert submissions(market, claim) == 1


def test_an_answer_arrives_once_through_a_kill_of_the_server_and_of_the_browser(
    market: Market, browser: Browser, tmp_path: Path, claim: dict[str, Any]
) -> None:
    path = f"/work/claims/{claim['id']}"
    phone = Phone(browser, tmp_path / "phone", market.url)
    page = phone.start(market.cookies[WORKER])
    try:
        answer_without_network(page, market.service.kill, claim, path)
        expect(page.get_by_text("Waits for a network.")).to_be_visible()
        phone.kill()
    finally:
        market.service.start()  # the others need it, too
    assert state_of(market, claim) == "claimed"
    page = phone.start(market.cookies[WORKER])
    page.goto("/work/")
    wait_for(market, claim, "submitted")
    page.goto("/work/outbox")
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert submissions(market, claim) == 1
    phone.kill()


def test_what_is_sent_twice_because_the_answer_was_lost_counts_once(
    market: Market, road: Road, phone: Phone, claim: dict[str, Any]
) -> None:
    path = f"/work/claims/{claim['id']}"
    page = phone.start(market.cookies[WORKER])
    answer_without_network(page, road.close, claim, path)
    kept = page.evaluate(KEPT)
    road.reopen()
    page.goto("/work/")
    wait_for(market, claim, "submitted")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    page.evaluate(PUT_BACK, kept)
    page.goto("/work/outbox")
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert submissions(market, claim) == 1


def test_what_was_refused_says_why_and_is_tried_again_or_thrown_away(
    market: Market, road: Road, phone: Phone, claim: dict[str, Any]
) -> None:
    page = phone.start(market.cookies[WORKER])
    page.on("dialog", lambda dialog: dialog.accept())
    answer_without_network(page, road.close, claim, f"/work/claims/{claim['id']}")
    (kept,) = page.evaluate(KEPT)
    page.evaluate(PUT_BACK, [{**kept, "refusal": "lease_over"}, {**kept, "id": kept["id"] + 1, "refusal": "new_code"}])
    road.reopen()
    page.goto("/work/outbox")
    rows = page.get_by_role("main").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_text("The time was over too long ago.")).to_be_visible()
    expect(rows.last.locator(":visible").get_by_text("It could not be accepted.")).to_have_count(1)
    rows.last.get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    assert state_of(market, claim) == "claimed"
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    wait_for(market, claim, "submitted")


def sign_in_anew(page: Page, market: Market) -> None:
    """In a session of its own: the others' must not end with it."""
    page.goto("/work/sign-in")
    page.get_by_label("E-mail").first.fill(part_of(WORKER).email)
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/development/mail")
    link = re.search(r"http\S+/work/sign-in/[\w.-]+", page.content())
    assert link
    page.goto(link[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def test_signing_out_clears_the_device(market: Market, phone: Phone, tabs: Tabs) -> None:
    tabs.open(WORKER)
    # Of a job that has more tasks: the others have taken all of the texts by now.
    claim = market.claim(WORKER)
    page = phone.start({"cookies": [], "origins": []})
    sign_in_anew(page, market)
    keep_pages(page, f"/work/claims/{claim['id']}", len(claim["items"]))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/work/sign-in")
    assert page.evaluate("async () => [await caches.keys(), (await indexedDB.databases()).length]") == [[], 0]
    market.give_back(WORKER, claim)
