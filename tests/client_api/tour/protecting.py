"""Scenes of the tour: what the platform sets for the protection of workers."""

from __future__ import annotations

from client_api.schemas.paydays import CALENDAR_EXAMPLE, LIMIT_EXAMPLE
from client_api.schemas.protection import WAGE_FLOOR_EXAMPLE
from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import Story, ok


def workers_are_protected(market: Market, story: Story) -> None:
    """Operations set a wage floor, a calendar and the longest deferral; a layer gives notice of a lower pay."""
    (batch, *_) = ok(story.lower.get(f"/contracts/{story.lower_contract}/tasks")).json["data"]
    notice = {"pay": money("0.10"), "reason": "A model proposes the answers now."}
    ok(story.lower.post(f"/batches/{batch['id']}/rate-notices", notice))
    operations = market.caller(market.organization("platform"), "operations")
    ok(operations.post("/wage-floors", WAGE_FLOOR_EXAMPLE))
    ok(operations.get("/wage-floors"))
    ok(operations.post("/business-calendars", CALENDAR_EXAMPLE))
    ok(operations.get("/business-calendars"))
    ok(operations.post("/deferral-limits", LIMIT_EXAMPLE))
    ok(operations.get("/deferral-limits"))
