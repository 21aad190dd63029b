from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.identity import team_inviting
from marketplace.identity.authentication import actor_for_key
from marketplace.identity.models import Person
from marketplace.kernel.ids import parse, public
from tests.client_api.conftest import Caller, Market
from tests.client_api.story import ok


def manager_of(market: Market) -> Caller:
    return market.caller(market.organization("subcontractor"), "manager")


def test_a_team_is_made_renamed_listed_and_closed(market: Market) -> None:
    manager, other = manager_of(market), manager_of(market)
    made = manager.post("/teams", {"name": " Night  shift "})
    assert made.status_code == 201
    assert (made.json["name"], made.json["state"], made.json["workers"]) == ("Night shift", "open", 0)
    path = made.headers["Location"].removeprefix("/v1")
    tag = made.headers["ETag"]
    renamed = ok(manager.patch(path, {"name": "Day shift"}, headers={"If-Match": tag}))
    assert renamed.json["name"] == "Day shift"
    assert manager.patch(path, {"name": "Late"}, headers={"If-Match": tag}).status_code == 412
    second = manager.post("/teams", {"name": "Second"}).json
    assert [team["id"] for team in ok(manager.get("/teams")).json["data"]] == [second["id"], made.json["id"]]
    closed = ok(manager.post(f"{path}/close")).json
    assert (closed["state"], closed["closed_at"] is None) == ("closed", False)
    assert manager.post(f"{path}/close").json["code"] == "state_conflict"
    assert [team["id"] for team in ok(manager.get("/teams?state=open")).json["data"]] == [second["id"]]
    assert ok(other.get("/teams")).json["data"] == []


def test_workers_are_invited_join_and_are_removed(market: Market, session: Session) -> None:
    manager, worker = manager_of(market), market.caller(None)
    email = session.get_one(Person, worker.person_id).email
    team = manager.post("/teams", {"name": "Night shift"}).json
    invited = manager.post(f"/teams/{team['id']}/invitations", {"email": email.upper()})
    assert invited.status_code == 201
    assert (invited.json["email"], invited.json["state"], invited.json["team_id"]) == (email, "pending", team["id"])
    assert ok(manager.get(f"/teams/{team['id']}/members")).json["data"] == []
    actor = actor_for_key(session, worker.secret)
    team_inviting.accept(session, actor, parse("team_invitation", invited.json["id"]))
    read = ok(manager.get(invited.headers["Location"].removeprefix("/v1"))).json
    assert read["state"] == "accepted"
    listed = ok(manager.get(f"/teams/{team['id']}/invitations?state=accepted")).json["data"]
    assert listed == [read]
    (member,) = ok(manager.get(f"/teams/{team['id']}/members")).json["data"]
    assert member["person_id"] == public("person", worker.person_id)
    assert ok(manager.get(f"/teams/{team['id']}")).json["workers"] == 1
    remove = f"/teams/{team['id']}/members/{member['person_id']}/remove"
    assert manager.post(remove).status_code == 204
    assert manager.post(remove).status_code == 404
    waiting = manager.post(f"/teams/{team['id']}/invitations", {"email": email}).json
    assert ok(manager.post(f"/team-invitations/{waiting['id']}/revoke")).json["state"] == "revoked"
    assert manager.post(f"/team-invitations/{waiting['id']}/revoke").json["code"] == "state_conflict"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/teams", {"name": " "}, "/name"),
        ("/teams", {"name": "x" * 121}, "/name"),
        ("/teams", {"name": "x", "organization_id": "org_1"}, "/organization_id"),
        ("/teams/{team}/invitations", {"email": "nobody"}, "/email"),
        ("/teams/{team}/invitations", {}, "/email"),
    ],
)
def test_what_is_wrong_is_named(market: Market, path: str, body: dict[str, str], pointer: str) -> None:
    manager = manager_of(market)
    team = manager.post("/teams", {"name": "Night shift"}).json["id"]
    refused = manager.post(path.format(team=team), body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_anothers_team_is_not_there(market: Market, session: Session) -> None:
    manager, other, worker = manager_of(market), manager_of(market), market.caller(None)
    team = manager.post("/teams", {"name": "Night shift"}).json["id"]
    email = session.get_one(Person, worker.person_id).email
    invitation = manager.post(f"/teams/{team}/invitations", {"email": email}).json["id"]
    team_inviting.accept(session, actor_for_key(session, worker.secret), parse("team_invitation", invitation))
    person = public("person", worker.person_id)
    for method, path, body in (
        ("GET", f"/teams/{team}", None),
        ("PATCH", f"/teams/{team}", {"name": "Mine"}),
        ("POST", f"/teams/{team}/close", None),
        ("GET", f"/teams/{team}/members", None),
        ("POST", f"/teams/{team}/members/{person}/remove", None),
        ("GET", f"/teams/{team}/invitations", None),
        ("POST", f"/teams/{team}/invitations", {"email": "x@example.test"}),
        ("GET", f"/team-invitations/{invitation}", None),
        ("POST", f"/team-invitations/{invitation}/revoke", None),
    ):
        arguments = {} if body is None else {"json": body}
        refused = other.send(method, path, headers={"If-Match": '"1"'}, **arguments)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found"), path
    assert ok(manager.get(f"/teams/{team}")).json["workers"] == 1
