"""Screening of jobs and access rules over REST."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id, public
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, offer, ok

NO_SCORE: dict[str, Any] = {"score_min": None, "score_unknown": "admit"}
NOTHING: dict[str, Any] = {"countries": [], "languages": [], "skills": [], "skill_names": [], **NO_SCORE}


def a_skill(caller: Caller, code: str = "lidar") -> str:
    body = {"code": code, "name": "Point clouds", "description": "Passed the course."}
    return str(ok(caller.post("/skills", body)).json["id"])


def a_rule(session: Session, **changes: Any) -> dict[str, Any]:
    ends = instant(market_now(session) + dt.timedelta(days=30))
    return {"effect": "block", "scope": "all", "reason": "Late.", "expires_at": ends, **changes}


def test_a_job_says_which_workers_it_is_for_until_it_is_published(market: Market) -> None:
    requester = market.requester()
    assert ok(requester.post("/jobs", job())).json["screening"] == NOTHING
    asked = {"countries": ["DE", "KE"], "languages": ["en"], "skills": [a_skill(requester)]}
    made = ok(requester.post("/jobs", job(screening=asked)))
    seen = {**asked, "skill_names": ["Point clouds"], **NO_SCORE}
    assert made.json["screening"] == seen
    path = f"/jobs/{made.json['id']}"
    assert ok(requester.get(path)).json["screening"] == seen
    assert [row["screening"] for row in ok(requester.get("/jobs")).json["data"]] == [seen, NOTHING]
    changed = requester.patch(path, {"screening": {"languages": ["sw"]}}, headers={"If-Match": made.headers["ETag"]})
    assert ok(changed).json["screening"] == {**NOTHING, "languages": ["sw"]}
    renamed = requester.patch(path, {"title": "Other"}, headers={"If-Match": changed.headers["ETag"]})
    assert ok(renamed).json["screening"] == {**NOTHING, "languages": ["sw"]}
    ok(requester.post("/deposits", {"rail": "sandbox", "amount": money("10.00")}))
    ok(requester.post(f"{path}/items", {"items": items(2)}))
    ok(requester.post(f"{path}/fund", {"amount": money("1.80")}))
    published = ok(requester.post(f"{path}/publish"))
    etag = {"If-Match": published.headers["ETag"]}
    assert requester.patch(path, {"screening": {"languages": ["en"]}}, headers=etag).status_code == 409


@pytest.mark.parametrize(
    ("screening", "pointer", "code"),
    [
        ({"countries": ["XX"]}, "/screening/countries/0", "country_unknown"),
        ({"countries": ["DE", "de"]}, "/screening/countries/1", "country_unknown"),
        ({"languages": ["en", "en"]}, "/screening/languages/1", "duplicate"),
        ({"languages": ["english"]}, "/screening/languages/0", "language_unknown"),
        ({"skills": ["skl_1"]}, "/screening/skills/0", "id"),
        ({"skills": [public("skill", new_id())]}, "/screening/skills/0", "skill_unknown"),
        ({"cities": []}, "/screening/cities", "unknown_field"),
    ],
)
def test_what_a_job_cannot_ask_for_is_named(market: Market, screening: Any, pointer: str, code: str) -> None:
    refused = market.requester().post("/jobs", job(screening=screening))
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]


def test_another_clients_skill_looks_like_none(market: Market) -> None:
    theirs, requester = a_skill(market.requester()), market.requester()
    answers = [
        requester.post("/jobs", job(screening={"skills": [skill_id]})).json
        for skill_id in (theirs, public("skill", new_id()))
    ]
    assert answers[0]["errors"] == answers[1]["errors"]
    assert answers[0]["errors"][0]["code"] == "skill_unknown"


def test_a_layer_reads_before_it_accepts_which_workers_the_job_is_for(market: Market, session: Session) -> None:
    story = Story(market, session)
    asked = {"countries": ["KE"], "languages": ["en"], "skills": [a_skill(story.client)]}
    made = ok(story.client.post("/jobs", job(screening=asked))).json
    story.job_id = made["id"]
    ok(story.client.post(f"/jobs/{story.job_id}/items", {"items": items(4)}))
    ok(story.client.post("/deposits", {"rail": "sandbox", "amount": money("10.00")}))
    ok(story.client.post(f"/jobs/{story.job_id}/fund", {"amount": money("3.60")}))
    ok(story.client.post(f"/jobs/{story.job_id}/publish"))
    (root,) = ok(story.client.get(f"/contracts?job_id={story.job_id}")).json["data"]
    assert story.upper.organization_id is not None
    to = public("organization", story.upper.organization_id)
    ok(story.client.post(f"/contracts/{root['id']}/offers", offer(to, "0.60")))
    seen = ok(story.upper.get(f"/jobs/{story.job_id}")).json["screening"]
    assert seen == {**asked, "skill_names": ["Point clouds"], **NO_SCORE}


def test_a_rule_is_made_read_and_ended(market: Market, session: Session) -> None:
    requester, worker = market.requester(), market.caller(None)
    body = a_rule(session, worker_id=public("person", worker.person_id))
    made = requester.post("/access-rules", body)
    assert (made.status_code, made.json["state"], made.json["scope"]) == (201, "live", "all")
    assert made.headers["Location"] == f"/v1/access-rules/{made.json['id']}"
    path = f"/access-rules/{made.json['id']}"
    assert ok(requester.get(path)).json == made.json
    assert ok(requester.get("/access-rules?live=true&effect=block")).json["data"] == [made.json]
    assert ok(requester.get("/access-rules?live=false")).json["data"] == []
    ended = ok(requester.post(f"{path}/end", {"reason": "Settled."})).json
    assert (ended["state"], ended["end_reason"], ended["reason"]) == ("ended", "Settled.", "Late.")
    assert requester.post(f"{path}/end", {"reason": "Again."}).json["code"] == "state_conflict"


def test_a_blocked_organization_reads_why_but_not_in_which_job_and_contests_it(
    market: Market, session: Session
) -> None:
    requester = market.requester()
    manager = market.caller(market.organization("subcontractor"), "manager")
    operations = market.caller(market.organization("platform"), "operations")
    job_id = ok(requester.post("/jobs", job())).json["id"]
    assert manager.organization_id is not None
    subject = public("organization", manager.organization_id)
    body = a_rule(session, scope="job", job_id=job_id, organization_id=subject)
    made = ok(requester.post("/access-rules", body)).json
    assert (made["job_id"], made["subject_organization_id"]) == (job_id, subject)
    (seen,) = ok(manager.get("/access-rules")).json["data"]
    assert (seen["reason"], seen["job_id"], seen["state"]) == ("Late.", None, "live")
    path = f"/access-rules/{made['id']}"
    assert manager.post(f"{path}/end", {"reason": "No."}).status_code == 404
    ok(manager.post(f"{path}/contest", {"reason": "We were not late."}))
    assert manager.post(f"{path}/contest", {"reason": "Again."}).json["code"] == "contested_already"
    assert ok(requester.get(path)).json["contest_reason"] == "We were not late."
    assert ok(operations.get(path)).json["job_id"] == job_id
    assert ok(operations.post(f"{path}/end", {"reason": "They were not."})).json["state"] == "ended"


def test_a_rule_about_what_is_anothers_is_refused_like_one_about_nothing(market: Market, session: Session) -> None:
    theirs = ok(market.requester().post("/jobs", job())).json["id"]
    requester, worker = market.requester(), public("person", market.caller(None).person_id)
    answers = [
        requester.post("/access-rules", a_rule(session, worker_id=worker, scope="job", job_id=job_id))
        for job_id in (theirs, public("job", new_id()))
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json["errors"] == answers[1].json["errors"]
    assert answers[0].json["errors"][0]["pointer"] == "/job_id"


def test_a_block_without_an_end_is_refused(market: Market, session: Session) -> None:
    body = a_rule(session, worker_id=public("person", market.caller(None).person_id), expires_at=None)
    refused = market.requester().post("/access-rules", body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/expires_at")
