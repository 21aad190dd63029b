"""A reviewer corrects one answer and rejects others; the worker contests them, and appeals against a decision."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told
from tests.browser.test_reviewing import verdict

pytestmark = BROWSER
REJECTION = {
    "verdict": "reject",
    "category": "imprecise",
    "comment": "The boxes are far from what they should hold.",
    "rule": "G2",
}


def test_answers_are_corrected_contested_together_and_appealed(tabs: Tabs, market: Market) -> None:
    claim, rejected = market.submitted("worker_2"), market.submitted("worker_2")
    reviewer = tabs.open("reviewer")
    reviewer.goto("/console/review?order=deadline")
    faults = look(reviewer, "review queue by deadline")
    reviewer.goto("/console/review?held=1")
    faults += look(reviewer, "held rejections, none")
    reviewer.goto(f"/console/review/{claim['id']}")
    first = verdict(reviewer, 1)
    first.get_by_role("radio", name="Correct and accept").check()
    field = first.get_by_label("What it should say, as JSON")
    expect(field).to_be_visible()
    kept = field.input_value()
    field.fill("nothing")
    reviewer.get_by_role("button", name="Give these verdicts").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    faults += look(reviewer, "reviewer correcting")
    field.fill(kept.replace('"x": ', '"x": 1', 1))
    reviewer.get_by_role("button", name="Give these verdicts").click()
    expect(reviewer.get_by_role("status")).to_contain_text("1 verdict given")
    market.decide("reviewer", rejected["id"], [REJECTION, REJECTION])
    reviewer.goto("/console/review/statistics")
    faults += look(reviewer, "statistics of a reviewer")

    worker = tabs.open("worker_2")
    worker.goto(f"/work/claims/{claim['id']}")
    expect(worker.get_by_text("Accepted, with a corrected copy:")).to_be_visible()
    faults += look(worker, "worker with a correction")
    worker.goto(f"/work/claims/{rejected['id']}")
    worker.get_by_role("link", name="Contest several of these at once").click()
    worker.get_by_label("Why are the decisions wrong?").fill("They touch what they hold on all four sides.")
    faults += look(worker, "worker contesting several")
    worker.get_by_role("button", name="Contest these").click()
    expect(worker.get_by_role("status")).to_contain_text("Contested")

    decider = tabs.open("dispute_decider")
    decider.goto("/console/disputes")
    decider.get_by_role("row").last.get_by_role("link").click()
    decider.get_by_role("radio", name="Uphold the rejection").check()
    decider.get_by_label("Reason, read by both sides").fill("Two of them do not.")
    decider.get_by_role("button", name="Decide", exact=True).click()
    expect(decider.get_by_text("The worker can appeal until")).to_be_visible()
    worker.goto(f"/work/claims/{rejected['id']}")
    faults += look(worker, "worker after a dispute was upheld")
    worker.get_by_role("link", name="Appeal").click()
    worker.get_by_label("Why is the decision wrong?").fill("Look at the left side again.")
    faults += look(worker, "worker appealing")
    worker.get_by_role("button", name="Appeal").click()
    expect(worker.get_by_role("status")).to_contain_text("Your appeal was taken up")
    decider.reload()
    expect(decider.get_by_role("heading", name="Appeal of the worker")).to_be_visible()
    faults += look(decider, "dispute with an appeal")
    assert not faults, told(faults)
