"""Every page that each of the cast can reach by links: in each language, narrow and wide, light and dark."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from marketplace.entrypoints.demo.people import CAST
from marketplace.web.translations import LANGUAGES
from tests.browser import BROWSER
from tests.browser.line import PLAIN_MOST, WORKBENCH_MOST, Line, keep_nothing
from tests.browser.looking import glance, language_of, look, squeeze
from tests.browser.market import TEXTS, Market, true_answer
from tests.browser.tabs import Tabs, told
from tests.end_to_end.service import Visitor

pytestmark = BROWSER
PUBLIC = (
    "/", "/terms", "/sign-up", "/sign-up/worker", "/sign-up/client", "/sign-up/subcontractor", "/work/sign-in",
    "/work/nowhere", "/nowhere",
)  # fmt: skip
ONLY_ENGLISH = ("/console/sign-in", "/console/sign-in/oidc", "/console/nowhere", "/development/mail")
# As many kinds of pages as links reach today, less two. Fewer would mean that links have gone, and the rest of what is
# asserted here would say nothing.
LEAST_PAGES = {
    "auditor": 51, "client": 18, "dispute_decider": 9, "finance_1": 31, "finance_2": 31, "layer_1": 16, "layer_2": 19,
    "operations": 30, "reviewer": 9, "worker_1": 18,
}  # fmt: skip
_ID = re.compile(r"/[a-z]{3}_[0-9a-z]{26}|/\d+(?=/|$)")


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """Kinds of pages that one of the cast has shown already; the next one's are only glanced at."""
    return set()


@pytest.fixture(scope="module")
def lived_in(market: Market) -> dict[str, str]:
    """The market with something of everything in it; returns the worker's pages of claims in each state, by name."""
    _pay_somebody(market)
    Visitor(market.service).sign_up(
        "subcontractor", "new@delta.example", name="Dee Delta", organization_name="Delta Labels", country="EG"
    )
    sent_back = market.submitted("worker_1")
    reasons = {"category": "imprecise", "comment": "The boxes are too wide."}
    market.decide(
        "reviewer",
        sent_back["id"],
        [{"verdict": "redo", **reasons}, {"verdict": "reject", "rule": "G2", **reasons}],
    )
    contested = market.submitted("worker_1")
    market.decide("reviewer", contested["id"], [{"verdict": "reject", "rule": "G3", **reasons}, {"verdict": "accept"}])
    worker = market.caller("worker_1")
    rejected, accepted = (item["answer"]["id"] for item in worker.get(f"/worker/v1/claims/{contested['id']}")["items"])
    worker.post("/worker/v1/disputes", {"answer_id": rejected, "reason": "They touch it on all four sides."})
    begun, text = market.claim("worker_1", rate="dense"), market.claim("worker_1", TEXTS)
    first = begun["items"][0]
    worker.put(f"/worker/v1/claims/{begun['id']}/draft", {"answers": {first["id"]: true_answer(first["external_id"])}})
    market.submitted("worker_2")
    undisputed = market.submitted("worker_1")
    market.decide("reviewer", undisputed["id"], [{"verdict": "reject", "rule": "G1", **reasons}] * 2)
    lost = worker.get(f"/worker/v1/claims/{undisputed['id']}")["items"][0]["answer"]["id"]
    return {
        "at a redo begun": f"/work/claims/{sent_back['id']}",
        "at a decided claim": f"/work/claims/{contested['id']}",
        "at a claim begun": f"/work/claims/{begun['id']}",
        "at a picture": f"/work/claims/{begun['id']}/items/1",
        "at an empty picture": f"/work/claims/{begun['id']}/items/2",
        "at a text": f"/work/claims/{text['id']}/items/1",
        "at a price chain": f"/work/answers/{accepted}/price-chain",
        "contesting": f"/work/answers/{lost}/dispute",
        "at the payout method": "/work/payout-method",
    }


def _pay_somebody(market: Market) -> None:
    first, second = market.caller("finance_1"), market.caller("finance_2")
    if first.get("/v1/payout-runs")["data"]:
        return
    market.service.command("clock", "advance", "--to-next-due")
    run = f"/v1/payout-runs/{first.post('/v1/payout-runs', {'rail': 'sandbox'})['id']}"
    second.post(f"{run}/approve")
    second.post(f"{run}/execute")


def kind_of(path: str) -> str:
    """The page's kind: its path without ids and numbers."""
    return _ID.sub("/one", path).rstrip("/") or "/"


def links(page: Page) -> Iterator[str]:
    """Paths of pages of the same face that the page leads to; files are downloaded, not opened."""
    face = "/" + urlsplit(page.url).path.split("/")[1]
    found: list[str] = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
    for address in found:
        parts = urlsplit(address)
        if parts.netloc == urlsplit(page.url).netloc and re.match(rf"{face}(/(?!language/)|$)", parts.path):
            yield parts.path


def reachable(page: Page, start: str) -> Iterator[str]:
    """Open one page of each kind that links lead to, and say its kind while it is open."""
    known, waiting = {kind_of(start)}, deque([start])
    while waiting:
        path = waiting.popleft()
        answer: Any = page.goto(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        yield kind_of(path)
        for path in links(page):
            if kind_of(path) not in known:
                known.add(kind_of(path))
                waiting.append(path)


@pytest.mark.parametrize("part", [part.key for part in CAST if part.face == "console"])
def test_every_page_that_links_reach(
    part: str, tabs: Tabs, market: Market, lived_in: dict[str, str], looked_at: set[str]
) -> None:
    page = tabs.open(part)
    faults: list[str] = []
    kinds = []
    for kind in reachable(page, "/console"):
        kinds.append(kind)
        faults += (glance if kind in looked_at else look)(page, f"{part} at {kind}")
        looked_at.add(kind)
    assert len(kinds) >= LEAST_PAGES[part], kinds
    assert not faults, told(faults)


@pytest.fixture
def large_letters(market: Market) -> Iterator[None]:
    """The largest letters for the worker, while a test looks."""
    settings = {"low_data": "as_browser", "text_size": "normal"}
    market.caller("worker_1").put("/worker/v1/page-settings", {**settings, "text_size": "very_large"})
    yield
    market.caller("worker_1").put("/worker/v1/page-settings", settings)


def look_with_all_letters(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with a page of very large letters on the narrowest screen, and with the same of normal ones."""
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    large = language_of(page, name, language)
    large += [f"{fault}, very large, {language}" for fault in squeeze(page, name)]
    page.evaluate("delete document.documentElement.dataset.text")
    return large + [f"{fault}, {language}" for fault in look(page, name)]


def weigh(line: Line, path: str) -> list[str]:
    """Whether more came over the line for the page, with nothing of it on the device, than a plain one may weigh."""
    weight = line.without_media()
    line.forget()
    most = WORKBENCH_MOST["image"] if "/items/" in path else PLAIN_MOST
    return [] if 0 < weight <= most else [f"{path}: {weight} bytes without media"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_worker_in_every_language_with_letters_of_every_size(
    tabs: Tabs, lived_in: dict[str, str], large_letters: None, language: str
) -> None:
    page = tabs.open("worker_1", service_worker=False)
    page.goto(f"/work/language/{language}?next=/work/")
    keep_nothing(page)
    line = Line(page)
    faults: list[str] = []
    kinds = []
    for kind in reachable(page, "/work/"):
        kinds.append(kind)
        faults += look_with_all_letters(page, f"worker_1 at {kind}", language) + weigh(line, kind)
    for name, path in lived_in.items():
        page.goto(path)
        faults += look_with_all_letters(page, f"worker_1 {name}", language) + weigh(line, path)
    assert len(kinds) >= LEAST_PAGES["worker_1"], kinds
    assert not faults, told(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_strangers(tabs: Tabs, market: Market, language: str) -> None:
    page = tabs.open()
    page.goto(f"/language/{language}")
    faults: list[str] = []
    pages = {path: path for path in PUBLIC}
    if language == "en":
        pages |= {**{path: path for path in ONLY_ENGLISH}, "a link": market.printed_link("auditor")}
    for name, path in pages.items():
        page.goto(path)
        faults += language_of(page, f"stranger at {name}", language)
        faults += [f"{fault}, {language}" for fault in look(page, f"stranger at {name}")]
    page.goto("/work/sign-in")
    page.locator("input[type=email]").fill(f"{language}@people.example")
    page.get_by_role("main").get_by_role("button").first.click()
    faults += language_of(page, "stranger at the code", language)
    faults += [f"{fault}, {language}" for fault in look(page, "stranger at the code")]
    assert not faults, told(faults)
