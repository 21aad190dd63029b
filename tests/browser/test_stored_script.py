"""Script in everything that people can write stays the text that it is, on every page that shows it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from marketplace.entrypoints.demo.scenes import draw_scene
from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told
from tests.end_to_end.service import Caller, Visitor

pytestmark = BROWSER
HURT = '"><img src="x" onerror="alert(1)"><script>alert(2)</script>{{7*7}}'
CLASS = "<script>alert(3)</script>"


class Villains:
    """A client, a reviewer and a worker who write script wherever they may, each as a browser and as a program."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.client, self.reviewer, self.worker = (Visitor(market.service) for _ in range(3))
        self.client.sign_up("client", "villain@evil.example", name=HURT, organization_name=HURT, country="SG")
        self.worker.sign_up("worker", "bad@evil.example", name=HURT, country="KE", languages=["en"], adult="yes")

    def begin(self) -> None:
        """Once approved: keys, a second person, a job with an image, and tasks."""
        self.requester = Caller(
            self.market.service, self.client.make_key("/console/team", "/console/team/keys", {"key_name": HURT})
        )
        member = {"name": HURT, "email": "judge@evil.example", "role": "reviewer"}
        self.client.submit("/console/team", member, "/console/team/invitations")
        self.reviewer.accept_invitation("judge@evil.example")
        self.reviewer.sign_in("console", "judge@evil.example")
        self.requester.post("/v1/deposits", {"rail": "sandbox", "amount": cny("10.00")})
        self.job = self._job()
        (root,) = self.requester.every(f"/v1/contracts?job_id={self.job}")
        tasks = {"rate": "standard", "items_per_task": 1, "pay": cny("0.50")}
        self.batch = self.requester.post(f"/v1/contracts/{root['id']}/tasks", tasks)["id"]

    def _job(self) -> str:
        image = {"file": (HURT, draw_scene(3).png, "image/png")}
        kept = self.requester.client.post("/v1/media", files=image, headers={"Idempotency-Key": HURT[-20:]})
        assert kept.status_code == 201, kept.text
        job = self.requester.post(
            "/v1/jobs",
            {
                "title": HURT,
                "kind": "image_boxes",
                "instructions": HURT,
                "label_schema": {"classes": [CLASS, "car"]},
                "currency": "CNY",
                "acceptance_by": "client",
                "rates": [{"code": "standard", "price": cny("1.00")}],
                "guideline": {"text": HURT, "rules": [{"id": "R1", "text": HURT}]},
            },
        )
        path = f"/v1/jobs/{job['id']}"
        items = [
            {"external_id": f"{HURT}{n}", "rate": "standard", "content": {"media": kept.json()["id"]}} for n in (1, 2)
        ]
        self.requester.post(f"{path}/items", {"items": items})
        self.requester.post(f"{path}/fund", {"amount": cny("2.00")})
        self.requester.post(f"{path}/publish")
        return str(job["id"])

    def work(self) -> None:
        """An answer, its rejection, the appeal; and a second claim that stays open."""
        program = Caller(self.market.service, self.worker.make_key("/work/keys", "/work/keys", {"name": HURT}))
        judge = Caller(self.market.service, self.reviewer.make_key("/console/keys", "/console/keys", {"name": HURT}))
        claim = self._claim(program)
        box = {"label": CLASS, "x": 1, "y": 1, "width": 60, "height": 60}
        answers = {claim["items"][0]["id"]: {"boxes": [box]}}
        program.post(f"/worker/v1/claims/{claim['id']}/submit", {"attempt": 1, "answers": answers})
        (answer,) = judge.get(f"/v1/reviews/{claim['id']}")["answers"]
        verdict = {
            "answer_id": answer["id"],
            "verdict": "reject",
            "category": "other",
            "comment": HURT,
            "rule": "R1",
        }
        judge.post(f"/v1/reviews/{claim['id']}/verdicts", {"verdicts": [verdict]})
        self.dispute = program.post("/worker/v1/disputes", {"answer_id": answer["id"], "reason": HURT})["id"]
        self.claim, self.answer = claim["id"], answer["id"]
        self.open_claim = self._claim(program)["id"]

    def _claim(self, program: Caller) -> dict[str, Any]:
        taken: dict[str, Any] = program.post("/worker/v1/claims", {"batch_id": self.batch})
        return taken


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def as_visitor(tabs: Tabs, visitor: Visitor, url: str) -> Page:
    """A tab with the cookies of a visitor."""
    page = tabs.open()
    page.context.add_cookies(
        [
            {"name": cookie.name, "value": cookie.value or "", "url": url + cookie.path}
            for cookie in visitor.browser.cookies.jar
        ]
    )
    return page


def expect_text(page: Page, path: str) -> None:
    """The page shows the script as text, and nothing of it became a part of the page."""
    page.goto(path)
    expect(page.locator("main")).to_contain_text(HURT)
    assert page.locator('img[src="x"], script:not([src])').count() == 0, path


def test_script_in_what_people_write_stays_text(tabs: Tabs, market: Market) -> None:
    villains = Villains(market)
    operations = tabs.open("operations")
    expect_text(operations, "/console/organizations")
    operations.get_by_role("article").filter(has_text=HURT).get_by_role("link", name="Decide").click()
    operations.get_by_role("button", name="Approve").click()
    expect(operations.get_by_role("status").first).to_be_visible()
    villains.begin()

    worker = as_visitor(tabs, villains.worker, market.url)
    for path in ("/work/", "/work/tasks", f"/work/tasks/{villains.batch}"):
        expect_text(worker, path)
    villains.work()
    for path in (
        "/work/claims",
        "/work/keys",
        f"/work/claims/{villains.claim}",
        f"/work/claims/{villains.open_claim}",
    ):
        expect_text(worker, path)
    faults = look(worker, "worker at hostile text")
    # The class of a box is written by script of our own, too.
    worker.goto(f"/work/claims/{villains.open_claim}/items/1")
    for part in ("x", "y", "width", "height"):
        worker.get_by_role("group", name="Box 1").get_by_label(part, exact=True).fill("40")
    expect(worker.locator(".stage text")).to_have_text(f"1 {CLASS}")
    assert worker.locator('img[src="x"], script:not([src])').count() == 0

    client = as_visitor(tabs, villains.client, market.url)
    for path in ("/console", "/console/jobs", f"/console/jobs/{villains.job}", "/console/contracts", "/console/team"):
        expect_text(client, path)
    expect_text(client, f"/console/jobs/{villains.job}/chains")
    judge = as_visitor(tabs, villains.reviewer, market.url)
    for path in (f"/console/review/{villains.claim}", "/console/disputes", f"/console/disputes/{villains.dispute}"):
        expect_text(judge, path)
    faults += look(judge, "reviewer at hostile text")
    expect_text(tabs.open("dispute_decider"), f"/console/disputes/{villains.dispute}")
    expect_text(tabs.open("auditor"), f"/console/jobs/{villains.job}")
    assert not faults, told(faults)
