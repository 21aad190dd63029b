"""A worker's day: by printed link and pointer, without script, and giving back."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from marketplace.entrypoints.demo.scenes import Box
from tests.browser import BROWSER
from tests.browser.market import BOXES, Market, true_boxes
from tests.browser.tabs import Tabs

pytestmark = BROWSER
PARTS = ("x", "y", "width", "height")
# A drag goes from screen pixel to screen pixel, and the picture is shown larger or smaller than it is.
PIXELS_OFF = 2


def offer(page: Page, title: str = BOXES) -> Locator:
    """The first open kind of task with that title, on the page of tasks."""
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title)).first


def claim_boxes(page: Page) -> None:
    """Claim a task of pictures from the page of tasks."""
    page.goto("/work/tasks")
    offer(page).get_by_role("button", name="Claim a task").click()


def external_id(page: Page) -> str:
    """Which picture is shown."""
    return str(page.get_by_alt_text("The picture to label").get_attribute("alt")).rsplit(" ", 1)[-1]


def row(page: Page, number: int) -> Locator:
    """The row of a box, counted from 1."""
    return page.get_by_role("group", name=f"Box {number}", exact=True)


def drag(page: Page, box: Box) -> None:
    """Choose the class and drag the pointer over the picture from corner to corner."""
    page.get_by_role("radio", name=box.label).check()
    picture = page.get_by_alt_text("The picture to label")
    # Grip where the hand is seen to be: a picture below the fold cannot be drawn on.
    picture.evaluate("element => element.scrollIntoView({ block: 'start' })")
    area = picture.bounding_box()
    assert area
    scale = area["width"] / int(picture.get_attribute("width") or 0)
    left, top = area["x"] + box.x * scale, area["y"] + box.y * scale
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + box.width * scale / 2, top + box.height * scale / 3, steps=3)
    page.mouse.move(left + box.width * scale, top + box.height * scale, steps=3)
    page.mouse.up()


def read(page: Page, number: int) -> dict[str, int]:
    """The numbers that stand in a row."""
    fields = {part: row(page, number).get_by_label(part, exact=True) for part in PARTS}
    for one in fields.values():
        expect(one).not_to_have_value("")
    return {part: int(one.input_value()) for part, one in fields.items()}


def near(found: dict[str, int], box: Box) -> bool:
    """Whether the numbers are the box, give or take the pointer's pixels."""
    return all(abs(found[part] - getattr(box, part)) <= PIXELS_OFF for part in PARTS)


def test_a_worker_draws_boxes_with_the_pointer(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_2")
    page.goto("/work/")
    expect(page.get_by_role("heading", name="Hello, Bo Zhang")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Find tasks").click()
    offer(page).get_by_role("link", name="Read first").click()
    terms = page.get_by_role("region", name="What you get")
    expect(terms).to_contain_text(re.compile(r"An accepted answer\s*0\.35"))
    expect(terms).to_contain_text(re.compile(r"A task of 2 items\s*0\.70"))
    expect(terms.get_by_role("listitem")).to_have_count(2)
    expect(terms.get_by_role("listitem").first).to_contain_text(re.compile(r"0\.35.*on \d+"))
    expect(terms).to_contain_text(re.compile(r"Time for a task\s*at most 60 minutes"))
    page.get_by_role("button", name="Claim a task").click()

    drawn: dict[str, tuple[Box, ...]] = {}
    for number in (1, 2):
        expect(page.get_by_role("heading", name=f"Item {number} of 2")).to_be_visible()
        drawn[external_id(page)] = boxes = true_boxes(external_id(page))
        for place, box in enumerate(boxes, start=1):
            drag(page, box)
            assert near(read(page, place), box), (read(page, place), box)
            expect(row(page, place).get_by_label("Class")).to_have_value(box.label)
        expect(page.locator(".stage .a9s-annotation:not(.a9s-rubberband)")).to_have_count(len(boxes))
        page.get_by_role("button", name="Save and go on" if number == 1 else "Save and submit all 2").click()

    expect(page.get_by_role("status")).to_contain_text("Submitted")
    expect(page.get_by_text("If nobody answers, it is accepted by itself on")).to_be_visible()
    for name, boxes in drawn.items():
        answer = page.get_by_role("region", name=name)
        expect(answer.get_by_text("submitted")).to_be_visible()
        expect(answer.get_by_role("rowheader")).to_have_count(len(boxes))
    page.get_by_role("link", name="My work").first.click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("accepted by itself on")


def test_a_phone_draws_a_box_too(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_1", width=360)
    claim_boxes(page)
    (box, *_) = true_boxes(external_id(page))
    drag(page, box)
    assert near(read(page, 1), box)
    _bar_lies_over_nothing_on_a_low_screen(page)
    page.get_by_role("link", name=BOXES).click()
    give_back(page)


def _bar_lies_over_nothing_on_a_low_screen(page: Page) -> None:
    """The bar with what comes next stays in sight on a tall screen, and below the choices on a low one."""
    position = "getComputedStyle(document.querySelector('form.bench > .actions')).position"
    assert page.evaluate(position) == "sticky"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(position) == "static"


def test_without_script_numbers_are_typed_and_a_mistake_loses_nothing(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_1", script=False)
    claim_boxes(page)
    expect(page.get_by_text("Drag on the picture to draw")).to_be_hidden()
    row(page, 1).get_by_label("Class").select_option("person")
    typed = {"x": "12", "y": "30", "width": "20 px", "height": "41"}
    for part, text in typed.items():
        row(page, 1).get_by_label(part, exact=True).fill(text)
    far = {"x": "300", "y": "10", "width": "50", "height": "20"}
    for part, text in far.items():
        row(page, 2).get_by_label(part, exact=True).fill(text)
    page.get_by_role("button", name="Save and go on").click()

    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    wrong = row(page, 1).get_by_label("width", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("Whole pixels, at least 1.")
    expect(row(page, 2).get_by_label("width", exact=True)).to_have_accessible_description(re.compile("beyond"))
    expect(row(page, 1).get_by_label("Class")).to_have_value("person")
    for number, values in ((1, typed), (2, far)):
        for part, text in values.items():
            expect(row(page, number).get_by_label(part, exact=True)).to_have_value(text)

    wrong.fill("20")
    row(page, 2).get_by_label("width", exact=True).fill("20")
    page.get_by_role("button", name="Show drawn boxes and more rows").click()
    expect(page.locator(".stage rect")).to_have_count(2)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Item 2 of 2")).to_be_visible()
    page.get_by_role("button", name="Save and submit all 2").click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    expect(page.get_by_role("row", name="1 person 12, 30 20 × 41")).to_be_visible()


def test_what_is_given_back_can_be_claimed_again(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_1")
    page.goto("/work/tasks")
    before = open_seats(page)
    offer(page).get_by_role("button", name="Claim a task").click()
    page.goto("/work/tasks")
    assert open_seats(page) == before - 1
    page.goto("/work/")
    page.get_by_role("region", name="Where you stopped").get_by_role("link", name="Continue").first.click()
    give_back(page)
    page.goto("/work/tasks")
    assert open_seats(page) == before


def give_back(page: Page) -> None:
    """From the page of a claim."""
    page.get_by_text("Give it back").click()
    expect(page.get_by_text("Somebody else gets it. It has no consequence for you")).to_be_visible()
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_role("status")).to_contain_text("Given back")
    expect(page.get_by_role("row").nth(1)).to_contain_text("given back")


def open_seats(page: Page) -> int:
    """How many tasks are open, as the page says of all it offers: an offer without any is not there."""
    offer(page).wait_for()
    return sum(int(count) for count in re.findall(r"(\d+) open", page.get_by_role("main").inner_text()))
