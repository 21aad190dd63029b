"""Skills over REST."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from tests.client_api.conftest import Caller, Market
from tests.client_api.story import ok

SKILL = {"code": "lidar", "name": "Point clouds", "description": "Passed the course."}


def a_grant(session: Session, worker: Caller, **changes: Any) -> dict[str, Any]:
    ends = instant(market_now(session) + dt.timedelta(days=30))
    return {"worker_id": public("person", worker.person_id), "expires_at": ends, "reason": "Passed.", **changes}


def test_a_skill_is_defined_granted_and_revoked(market: Market, session: Session) -> None:
    requester, worker = market.requester(), market.caller(None)
    made = requester.post("/skills", SKILL)
    assert (made.status_code, made.json["code"]) == (201, "lidar")
    assert made.headers["Location"] == f"/v1/skills/{made.json['id']}"
    path = f"/skills/{made.json['id']}"
    assert ok(requester.get(path)).json == ok(requester.get("/skills")).json["data"][0] == made.json
    grant = requester.post(f"{path}/grants", a_grant(session, worker))
    assert (grant.status_code, grant.json["state"], grant.json["revoked_at"]) == (201, "live", None)
    assert ok(requester.get(f"{path}/grants")).json["data"] == [grant.json]
    revoke = f"/skill-grants/{grant.json['id']}/revoke"
    revoked = ok(requester.post(revoke, {"reason": "Renewed."})).json
    assert (revoked["state"], revoked["reason"], revoked["revocation_reason"]) == ("revoked", "Passed.", "Renewed.")
    assert requester.post(revoke, {"reason": "Renewed."}).status_code == 409


def test_a_moment_is_taken_with_its_offset_and_refused_without(market: Market, session: Session) -> None:
    requester, worker = market.requester(), market.caller(None)
    path = f"/skills/{requester.post('/skills', SKILL).json['id']}/grants"
    for wrong in ("2027-01-15", "2027-01-15T08:00:00", "2027-13-15T08:00:00Z", 5, "soon"):
        refused = requester.post(path, a_grant(session, worker, expires_at=wrong))
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/expires_at")
    day = market_now(session).date() + dt.timedelta(days=30)
    made = ok(requester.post(path, a_grant(session, worker, expires_at=f"{day}T08:00:00+02:00")))
    assert made.json["expires_at"] == f"{day}T06:00:00.000000Z"


def test_a_code_that_is_there_is_a_conflict(market: Market) -> None:
    requester = market.requester()
    ok(requester.post("/skills", SKILL))
    again = requester.post("/skills", SKILL)
    assert (again.status_code, again.json["code"], again.json["errors"][0]["pointer"]) == (
        409,
        "skill_code_taken",
        "/code",
    )
    assert ok(market.requester().post("/skills", SKILL)).status_code == 201
