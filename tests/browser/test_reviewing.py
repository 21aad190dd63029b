"""A reviewer in the console sends one answer back and rejects another; the worker reads why and does it again."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import BOXES, Market, true_boxes
from tests.browser.tabs import Tabs, told
from tests.browser.test_working import row

pytestmark = BROWSER
COMMENT = "One person at the right edge is missing."
REASON = "The boxes are far from what they should hold."


def verdict(page: Page, number: int) -> Locator:
    """The fields of the verdict on an item, counted from 1."""
    return page.get_by_role("group", name=f"Verdict on item {number}")


def explain(field: Locator, category: str, comment: str) -> None:
    """Say why, in the fields that show once a verdict needs reasons."""
    field.get_by_label("Category").select_option(category)
    field.get_by_label("Comment for the worker").fill(comment)


def test_a_redo_and_a_rejection_reach_the_worker_who_does_it_again(tabs: Tabs, market: Market) -> None:
    claim = market.submitted("worker_3")
    reviewer = tabs.open("reviewer")
    reviewer.goto("/console/review")
    reviewer.locator(f"a[href$='{claim['id']}']").last.click()
    verdict(reviewer, 1).get_by_role("radio", name="Send back").check()
    explain(verdict(reviewer, 1), "missing_label", COMMENT)
    verdict(reviewer, 2).get_by_role("radio", name="Reject").check()
    explain(verdict(reviewer, 2), "imprecise", REASON)
    reviewer.get_by_role("button", name="Give these verdicts").click()

    rule = verdict(reviewer, 2).get_by_label("Rule of the guideline")
    expect(rule).to_have_attribute("aria-invalid", "true")
    expect(rule).to_have_accessible_description(re.compile("rule that was not followed"))
    expect(verdict(reviewer, 1).get_by_role("radio", name="Send back")).to_be_checked()
    expect(verdict(reviewer, 1).get_by_label("Comment for the worker")).to_have_value(COMMENT)
    faults = look(reviewer, "reviewer after a refusal")
    rule.select_option("G2")
    reviewer.get_by_role("button", name="Give these verdicts").click()
    expect(reviewer.get_by_role("status")).to_contain_text("2 verdicts given")

    worker = tabs.open("worker_3")
    worker.goto("/work/")
    redo = worker.get_by_role("region", name="Sent back to you")
    expect(redo).to_contain_text(BOXES)
    redo.get_by_role("link", name="Continue").first.click()
    worker.get_by_role("link", name="Go on").click()
    expect(worker.get_by_role("heading", name="Item 1 of 1")).to_be_visible()
    expect(worker.get_by_text(COMMENT)).to_be_visible()
    boxes = true_boxes(claim["items"][0]["external_id"])
    for place, box in enumerate(boxes, start=1):
        expect(row(worker, place).get_by_label("Class")).to_have_value(box.label)
        expect(row(worker, place).get_by_label("width", exact=True)).to_have_value(str(box.width))
    faults += look(worker, "worker at a redo")
    spare = row(worker, len(boxes) + 1)
    spare.get_by_label("Class").select_option("person")
    for part, number in (("x", "290"), ("y", "100"), ("width", "20"), ("height", "30")):
        spare.get_by_label(part, exact=True).fill(number)
    worker.get_by_role("button", name="Submit", exact=True).click()
    again = worker.get_by_role("region", name=claim["items"][0]["external_id"])
    expect(again.get_by_role("row", name="person 290, 100 20 × 30")).to_be_visible()
    rejected = worker.get_by_role("region", name=claim["items"][1]["external_id"])
    expect(rejected).to_contain_text(REASON)
    expect(rejected).to_contain_text("rule G2")
    rejected.get_by_role("link", name="Contest this").click()
    worker.get_by_label("Why is the decision wrong?").fill("They touch what they hold on all four sides.")
    worker.get_by_role("button", name="Contest").click()
    expect(worker.get_by_role("status")).to_contain_text("Contested")
    faults += look(worker, "worker after contesting")

    reviewer.goto(f"/console/review/{claim['id']}")
    expect(reviewer.get_by_text("attempt 2")).to_be_visible()
    assert not faults, told(faults)
