"""The running demo market and its people, as the tests of pages use them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Page, StorageState

from marketplace.entrypoints.demo.people import part_of
from marketplace.entrypoints.demo.scenes import Box, draw_scene
from tests.end_to_end.service import Caller, Service

BOXES: Final = "Street scenes, second delivery"
TEXTS: Final = "Reviews of a shop"


@dataclass
class Market:
    """A service with the demo market, the keys of its people, and who has signed in already."""

    service: Service
    cookies: dict[str, StorageState] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.service.url

    def wait_until_open(self) -> None:
        """Wait for the last line that the start prints."""
        deadline = time.monotonic() + 30
        while "Ctrl-C" not in self.service.printed and time.monotonic() < deadline:
            time.sleep(0.1)

    def printed_link(self, part: str) -> str:
        """The one-use link that the start printed for one of the cast."""
        return str(re.findall(rf"{part_of(part).name}.*(http\S+/sign-in/\S+)", self.service.printed)[-1])

    def caller(self, part: str) -> Caller:
        """The same person as a program."""
        keys = (self.service.folder / "demo.env").read_text(encoding="utf-8")
        found = re.search(rf"export {part.upper()}_KEY=(\S+)", keys)
        assert found
        return Caller(self.service, found[1])

    def sign_in(self, page: Page, part: str) -> None:
        """Open the printed link and press its button; the cookie serves for every later tab of that person."""
        page.goto(self.printed_link(part))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        self.cookies[part] = page.context.storage_state()

    def claim(self, part: str, title: str = BOXES, rate: str = "standard") -> dict[str, Any]:
        """Claim a task of the job with that title, by the worker API."""
        worker = self.caller(part)
        batch = next(
            row for row in worker.every("/worker/v1/tasks") if row["title"].startswith(title) and row["rate"] == rate
        )
        taken: dict[str, Any] = worker.post("/worker/v1/claims", {"batch_id": batch["id"]})
        return taken

    def give_back(self, part: str, claim: Mapping[str, Any]) -> None:
        """Give a claim back: seats are few, and others need them."""
        self.caller(part).post(f"/worker/v1/claims/{claim['id']}/return", {})

    def submit(self, part: str, claim: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        """Submit a claim by the worker API; `answers` by item id."""
        body = {"attempt": claim["attempt"], "answers": answers}
        self.caller(part).post(f"/worker/v1/claims/{claim['id']}/submit", body)

    def submitted(self, part: str, title: str = BOXES) -> dict[str, Any]:
        """A claim with true boxes, submitted."""
        claim = self.claim(part, title)
        self.submit(part, claim, {item["id"]: true_answer(item["external_id"]) for item in claim["items"]})
        return claim

    def decide(self, part: str, claim_id: str, verdicts: list[dict[str, Any]]) -> None:
        """Give verdicts on the answers of a claim, in the order of its items, by the REST API."""
        reviewer = self.caller(part)
        waiting = reviewer.get(f"/v1/reviews/{claim_id}")["answers"]
        given = [{"answer_id": answer["id"], **verdict} for answer, verdict in zip(waiting, verdicts, strict=True)]
        reviewer.post(f"/v1/reviews/{claim_id}/verdicts", {"verdicts": given})


def true_boxes(external_id: str) -> tuple[Box, ...]:
    """The boxes that were really drawn on a street scene of the demo."""
    return draw_scene(int(external_id.removeprefix("street-").removesuffix(".png"))).boxes


def true_answer(external_id: str) -> dict[str, Any]:
    """The answer a careful worker gives."""
    return {"boxes": [box.to_answer() for box in true_boxes(external_id)]}
