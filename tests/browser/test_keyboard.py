"""Nothing but keys: each task kind finished without a pointer, in a number of keys that a person would put up with."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import BROWSER
from tests.browser.market import TEXTS, true_boxes
from tests.browser.tabs import Tabs
from tests.browser.test_working import external_id, offer, row

pytestmark = BROWSER
TABS_MAX = 40


class Keys:
    """Hands on the keyboard; counts every key."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.pressed += 1

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)
        self.pressed += len(text)

    def go_to(self, target: Locator, key: str = "Tab") -> None:
        """Tab until the element has the focus."""
        for _ in range(TABS_MAX):
            self.press(key)
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{TABS_MAX} times {key} did not reach {target}")

    def skip_to_content(self) -> None:
        """The first thing on every page leads past the menu; whoever took that way stays past it after a form."""
        if self._page.url.endswith("#content"):
            return
        self.press("Tab")
        expect(self._page.get_by_role("link", name="Skip to the content")).to_be_focused()
        self.press("Enter")


def claim_by_keyboard(page: Page, keys: Keys, title: str | None = None) -> None:
    """From the page of tasks."""
    keys.skip_to_content()
    keys.go_to((offer(page, title) if title else offer(page)).get_by_role("button", name="Claim a task"))
    keys.press("Enter")


def test_boxes_are_typed_by_keyboard_alone(tabs: Tabs) -> None:
    page = tabs.open("worker_1")
    page.goto("/work/tasks")
    keys = Keys(page)
    claim_by_keyboard(page, keys)
    digits = 0
    for number in (1, 2):
        expect(page.get_by_role("heading", name=f"Item {number} of 2")).to_be_visible()
        keys.skip_to_content()
        for place, box in enumerate(true_boxes(external_id(page)), start=1):
            keys.go_to(row(page, place).get_by_label("Class"))
            keys.type(box.label[0])  # a letter chooses in a list
            for part in ("x", "y", "width", "height"):
                keys.press("Tab")
                expect(row(page, place).get_by_label(part, exact=True)).to_be_focused()
                keys.type(str(getattr(box, part)))
                digits += len(str(getattr(box, part)))
            expect(row(page, place).get_by_label("Class")).to_have_value(box.label)
        keys.press("Enter")  # in a field, this is the form's first button
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert keys.pressed - digits < 140, keys.pressed


def test_texts_are_classified_by_keyboard_alone(tabs: Tabs) -> None:
    page = tabs.open("worker_1")
    page.goto("/work/tasks")
    keys = Keys(page)
    claim_by_keyboard(page, keys, TEXTS)
    for number in (1, 2, 3):
        expect(page.get_by_role("heading", name=f"Item {number} of 3")).to_be_visible()
        keys.skip_to_content()
        keys.go_to(page.get_by_role("radio", name="positive"))
        keys.press("ArrowDown")
        expect(page.get_by_role("radio", name="neutral")).to_be_checked()
        keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    expect(page.get_by_role("region", name=re.compile("review-")).get_by_text("neutral")).to_have_count(3)
    assert keys.pressed < 50, keys.pressed
