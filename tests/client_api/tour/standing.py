"""A scene of the tour: skills, and whom an organization works with."""

from __future__ import annotations

import datetime as dt

from marketplace.db.clock import market_now
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.scores.models import WorkerScore
from tests.client_api.conftest import Market
from tests.client_api.story import Story, ok


def people_are_chosen(market: Market, story: Story) -> None:
    """A skill comes and goes; a worker and a layer are blocked for a while."""
    client, worker = story.client, public("person", story.worker.person_id)
    ends = instant(market_now(story.session) + dt.timedelta(days=90))
    skill = ok(client.post("/skills", {"code": "scenes", "name": "Street scenes", "description": "Passed."})).json
    path = f"/skills/{skill['id']}"
    ok(client.get(path))
    ok(client.get("/skills"))
    grant = {"worker_id": worker, "expires_at": ends, "reason": "Passed with 96 of 100."}
    granted = ok(client.post(f"{path}/grants", grant)).json
    ok(client.get(f"{path}/grants"))
    ok(story.program.get("/skills"))
    now = market_now(story.session)
    dates = {"newest_at": now, "computed_at": now, "expires_at": now + dt.timedelta(days=150)}
    kind = "text_classification"
    story.session.add(WorkerScore(worker_id=story.worker.person_id, kind=kind, percent=92, answers=143, **dates))
    story.session.flush()
    assert ok(story.program.get("/scores")).json["data"][0]["answers_at_least"] == 140
    ok(client.post(f"/skill-grants/{granted['id']}/revoke", {"reason": "The course was renewed."}))
    manager = market.caller(market.organization("subcontractor", "Fourth"), "manager")
    assert manager.organization_id is not None
    subject = {"organization_id": public("organization", manager.organization_id)}
    rule = {"effect": "block", "scope": "all", "reason": "Late three times.", "expires_at": ends}
    blocked = ok(client.post("/access-rules", {**rule, **subject})).json
    ok(manager.post(f"/access-rules/{blocked['id']}/contest", {"reason": "Once only."}))
    ok(client.get(f"/access-rules/{blocked['id']}"))
    ok(client.post(f"/access-rules/{blocked['id']}/end", {"reason": "Settled."}))
    ok(client.get("/access-rules"))
    kept_away = ok(client.post("/access-rules", {**rule, "worker_id": worker})).json
    ok(story.program.get("/access-rules"))
    ok(story.program.post(f"/access-rules/{kept_away['id']}/contest", {"reason": "I was ill, and wrote so."}))
    ok(client.post(f"/access-rules/{kept_away['id']}/end", {"reason": "Ill indeed."}))
