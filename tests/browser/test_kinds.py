"""The form of every kind of labeling, finished without script and by keyboard alone, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from marketplace.web.translations import LANGUAGES
from tests.browser import BROWSER
from tests.browser.kinds import EXTERNAL, TOOL, TRIALS, Filled, pay_in, post, title_of
from tests.browser.line import WORKBENCH_MOST, Line, keep_nothing
from tests.browser.looking import glance, language_of, look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told
from tests.browser.test_keyboard import Keys
from tests.browser.test_working import offer

pytestmark = BROWSER
KINDS = sorted(TRIALS)
# Keys from the top of the page to the submitted answer, every letter and digit of it counted: as many as it takes today
# and four more.
KEYS_MOST = {
    "audio_segments": 47, "audio_transcript": 27, "cuboids": 69, "external": 9, "free_text": 16, "image_boxes": 44,
    "image_points": 33, "image_polygons": 47, "preference": 24, "ranking": 13, "text_classification": 12,
    "text_spans": 37,
}  # fmt: skip


@pytest.fixture(scope="module")
def jobs(market: Market) -> None:
    pay_in(market)
    for kind in (*KINDS, "external"):
        post(market, kind)


def field(page: Page, filled: Filled) -> Locator:
    """The field that is meant."""
    if filled.value == "radio":
        return page.get_by_role("radio", name=filled.label)
    where = page.get_by_role("group", name=filled.group, exact=True) if filled.group else page
    return where.get_by_label(filled.label, exact=True)


def answer_given(market: Market, part: str, page: Page) -> object:
    """What the market keeps of the claim whose page is open."""
    claim_id = page.url.rsplit("/", 1)[-1].partition("#")[0]
    (item,) = market.caller(part).get(f"/worker/v1/claims/{claim_id}")["items"]
    return item["answer"]["content"]


def fill_in(page: Page, fields: Iterable[Filled]) -> None:
    """Put everything into its field, as a person with a pointer does."""
    for filled in fields:
        one = field(page, filled)
        if filled.value == "radio":
            one.check()
        elif one.evaluate("element => element.tagName") == "SELECT":
            one.select_option(filled.value)
        else:
            one.fill(filled.value)


def claim(page: Page, kind: str) -> None:
    """Claim the task of that kind."""
    page.goto("/work/tasks")
    offer(page, title_of(kind)).get_by_role("button", name="Claim a task").click()
    expect(page.get_by_role("heading", name="Item 1 of 1")).to_be_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_finished_without_script(tabs: Tabs, market: Market, jobs: None, kind: str) -> None:
    page = tabs.open("worker_1", script=False, width=360)
    claim(page, kind)
    fill_in(page, TRIALS[kind].fields)
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert answer_given(market, "worker_1", page) == TRIALS[kind].answer


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_finished_by_keyboard_alone(tabs: Tabs, market: Market, jobs: None, kind: str) -> None:
    page = tabs.open("worker_2")
    taken = market.claim("worker_2", title_of(kind))
    page.goto(f"/work/claims/{taken['id']}/items/1")
    keys = Keys(page)
    expect(page.get_by_role("heading", name="Item 1 of 1")).to_be_visible()
    keys.skip_to_content()
    for filled in TRIALS[kind].fields:
        if filled.value == "radio":
            keys.go_to(page.locator("input[type=radio]:not([data-brush])").first)
            while not field(page, filled).evaluate("element => element === document.activeElement"):
                keys.press("ArrowDown")
            keys.press("Space")
        else:
            keys.go_to(field(page, filled))
            keys.type(filled.value)
    keys.go_to(page.get_by_role("button", name="Submit", exact=True))
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert keys.pressed <= KEYS_MOST[kind], keys.pressed
    assert answer_given(market, "worker_2", page) == TRIALS[kind].answer
    assert not glance(page, f"answer of {kind}")


def look_in(page: Page, line: Line, language: str, kind: str) -> list[str]:
    """What is wrong with the open workbench in that language, with what it weighs too."""
    line.forget()
    page.goto(f"/work/language/{language}?next={urlsplit(page.url).path}")
    faults = language_of(page, "workbench", language) + look(page, f"workbench {kind}")
    most = WORKBENCH_MOST.get(kind.partition("_")[0], WORKBENCH_MOST["text"])
    if not 0 < line.without_media() <= most:
        faults.append(f"it weighs {line.without_media()} bytes without media")
    return [f"{kind}, {language}: {fault}" for fault in faults]


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_looks_right_on_a_phone_and_a_desk_in_every_language(
    tabs: Tabs, market: Market, jobs: None, kind: str
) -> None:
    page = tabs.open("worker_3", service_worker=False)
    claim(page, kind)
    fill_in(page, TRIALS[kind].fields)
    page.get_by_role("button", name="Save only").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    keep_nothing(page)
    line = Line(page)
    faults = [fault for language in LANGUAGES for fault in look_in(page, line, language, kind)]
    page.goto(f"/work/language/en?next={urlsplit(page.url).path}")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert answer_given(market, "worker_3", page) == TRIALS[kind].answer
    assert not faults, told(faults)


def test_a_tool_of_the_clients_own_answers_from_its_frame(tabs: Tabs, market: Market, jobs: None) -> None:
    page = tabs.open("worker_1")
    page.context.route("https://tool.example.org/**", lambda route: route.fulfill(body=TOOL, content_type="text/html"))
    taken = market.claim("worker_1", title_of("external"))
    opened = page.goto(f"/work/claims/{taken['id']}/items/1")
    assert opened is not None
    policy = opened.headers["content-security-policy"]
    assert policy.endswith("; frame-src https://tool.example.org")
    assert "frame-src" not in page.request.get("/work/tasks").headers["content-security-policy"]
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-forms"
    expect(page.frame_locator("iframe").get_by_text("Ada met Ada in Paris.")).to_be_visible()
    expect(page.get_by_text("The tool has said its answer.")).to_be_visible()
    assert not look(page, "workbench external")
    token = page.locator("input[name='1.token']")
    right = token.input_value()
    token.evaluate("element => { element.value = 'made up' }")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("What the tool said is not for this item")).to_be_visible()
    assert token.input_value() != "made up"
    assert right.count(".") == 2
    expect(page.get_by_text("The tool has said its answer.")).to_be_visible()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert answer_given(market, "worker_1", page) == EXTERNAL.answer


def test_a_tool_of_the_clients_own_is_passed_by_keyboard_alone(tabs: Tabs, market: Market, jobs: None) -> None:
    page = tabs.open("worker_3")
    page.context.route("https://tool.example.org/**", lambda route: route.fulfill(body=TOOL, content_type="text/html"))
    taken = market.claim("worker_3", title_of("external"))
    page.goto(f"/work/claims/{taken['id']}/items/1")
    expect(page.get_by_text("The tool has said its answer.")).to_be_visible()
    keys = Keys(page)
    keys.skip_to_content()
    keys.go_to(page.get_by_role("button", name="Submit", exact=True))
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert keys.pressed <= KEYS_MOST["external"], keys.pressed
    assert answer_given(market, "worker_3", page) == EXTERNAL.answer


def test_a_task_of_an_outside_tool_says_that_it_needs_script(tabs: Tabs, market: Market, jobs: None) -> None:
    page = tabs.open("worker_2", script=False)
    page.goto("/work/tasks")
    page.get_by_role("link", name=title_of("external")).click()
    expect(page.get_by_text("which needs script in your browser")).to_be_visible()
    claim(page, "external")
    expect(page.get_by_text("which needs script")).to_be_visible()
