"""Before a claim: what Find tasks tells on a phone, and a practice item drawn, typed without script, and compared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import BOXES, Market, true_answer, true_boxes
from tests.browser.tabs import PHONE, Tabs, told
from tests.browser.test_working import drag, offer, read, row

pytestmark = BROWSER


@pytest.fixture(scope="module")
def picture(market: Market) -> Iterator[str]:
    """The name of a picture to practise on, beside an example; both are taken away again."""
    client = market.caller("client")
    job = next(job for job in client.every("/v1/jobs") if job["title"].startswith(BOXES))
    path = f"/v1/jobs/{job['id']}"
    shown, tried = client.get(f"{path}/items?limit=2")["data"]
    rows = [
        {
            "external_id": f"practice-{item['external_id']}",
            "content": item["content"],
            "expected": true_answer(item["external_id"]),
            "explanation": "Every vehicle, however small.",
            "is_example": item is shown,
        }
        for item in (shown, tried)
    ]
    client.post(f"{path}/practice-items", {"items": rows})
    yield str(tried["external_id"])
    for item in client.get(f"{path}/practice-items")["data"]:
        client.post(f"/v1/practice-items/{item['id']}/remove")


def test_a_worker_practises_drawing_before_a_claim(tabs: Tabs, picture: str) -> None:
    page = tabs.open("worker_2", width=PHONE)
    page.goto("/work/tasks")
    faults = look(page, "find tasks")
    expect(offer(page)).to_contain_text("within 60 days")
    expect(offer(page)).to_contain_text("of these tasks are funded")
    offer(page).get_by_role("link", name="Read first").click()
    page.get_by_text("Example: practice-").click()
    faults += look(page, "task kind with an example")
    expect(page.get_by_role("heading", name="Where the price will go")).to_be_visible()
    page.get_by_role("link", name="Practise").click()
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    faults += look(page, "practise")
    (box, *_) = true_boxes(picture)
    drag(page, box)
    read(page, 1)
    page.get_by_role("button", name="Compare with the right answer").click()
    expect(page.get_by_role("status")).to_contain_text("It agrees with the right answer by")
    expect(page.get_by_role("status")).to_contain_text("Every vehicle, however small.")
    expect(page.locator("svg.scene rect.box.given")).to_have_count(1)
    expect(page.locator("svg.scene rect.box:not(.given)")).to_have_count(len(true_boxes(picture)))
    faults += look(page, "practised")
    assert not faults, told(faults)


def test_without_script_a_practice_item_is_answered_by_numbers(tabs: Tabs, picture: str) -> None:
    page = tabs.open("worker_2", script=False)
    page.goto("/work/tasks")
    offer(page).get_by_role("link", name="Read first").click()
    page.get_by_role("link", name="Practise").click()
    for number, box in enumerate(true_boxes(picture), start=1):
        if not row(page, number).count():
            page.get_by_role("button", name="Show drawn boxes and more rows").click()
        row(page, number).get_by_label("Class").select_option(box.label)
        for part in ("x", "y", "width", "height"):
            row(page, number).get_by_label(part, exact=True).fill(str(getattr(box, part)))
    page.get_by_role("button", name="Compare with the right answer").click()
    expect(page.get_by_role("status")).to_contain_text("That is right.")
