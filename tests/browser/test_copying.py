"""Copying from the item before: drawn on one picture, taken over to the next by pointer or key, and taken back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market, true_boxes
from tests.browser.tabs import PHONE, Tabs
from tests.browser.test_working import claim_boxes, drag, external_id, give_back, read, row

pytestmark = BROWSER
COPY = "Copy from the item before"
MARKS = ".stage .a9s-annotation:not(.a9s-rubberband)"


def drawn_before(page: Page) -> dict[str, int]:
    """A claim with one box drawn on its first picture, now at the second; the numbers of the box."""
    claim_boxes(page)
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    expect(page.get_by_role("button", name=COPY)).to_have_count(0)
    (box, *_) = true_boxes(external_id(page))
    drag(page, box)
    drawn = read(page, 1)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Item 2 of 2")).to_be_visible()
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    return drawn


def test_a_box_is_copied_undone_copied_again_and_submitted(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_3")
    drawn = drawn_before(page)
    expect(page.get_by_role("button", name=COPY)).to_have_count(1)
    page.get_by_role("button", name=COPY).click()
    assert read(page, 1) == drawn
    expect(page.locator(MARKS)).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, 1).get_by_label("x", exact=True)).to_have_value("")
    expect(page.locator(MARKS)).to_have_count(0)
    page.get_by_role("button", name=COPY).click()
    page.get_by_role("button", name=COPY).click()
    expect(page.locator(MARKS)).to_have_count(1)
    page.get_by_role("button", name="Save and submit all 2").click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    for cells in page.get_by_role("region").filter(has=page.get_by_role("rowheader")).all():
        expect(cells).to_contain_text(str(drawn["width"]))


def test_a_box_is_copied_by_its_key_which_is_listed(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_3", width=PHONE)
    drawn = drawn_before(page)
    page.locator("body").press("?")
    listed = page.get_by_role("dialog", name="Shortcuts")
    expect(listed).to_contain_text(COPY)
    listed.get_by_role("button", name="Close").click()
    page.locator("body").press("c")
    assert read(page, 1) == drawn
    expect(page.locator(MARKS)).to_have_count(1)
    page.keyboard.press("z")
    expect(page.locator(MARKS)).to_have_count(0)
    page.keyboard.press("c")
    faults = look(page, "workbench copied")
    assert not faults, faults
    page.locator(".crumbs a").click()
    give_back(page)


def test_a_box_is_copied_without_script(tabs: Tabs, market: Market) -> None:
    page = tabs.open("worker_3", script=False)
    claim_boxes(page)
    numbers = {"x": "12", "y": "30", "width": "20", "height": "41"}
    for part, text in numbers.items():
        row(page, 1).get_by_label(part, exact=True).fill(text)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name=COPY).click()
    expect(page.get_by_role("status")).to_contain_text("Copied from the item before")
    assert read(page, 1) == {part: int(text) for part, text in numbers.items()}
    page.locator(".crumbs a").click()
    give_back(page)
