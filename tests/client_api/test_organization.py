from __future__ import annotations

from typing import Any

import pytest

from marketplace.identity.permissions import ROLES, ROLES_BY_KIND
from marketplace.kernel.ids import public
from tests.client_api.conftest import Market
from tests.client_api.story import ok

LEE = {"email": "lee@example.org", "name": "Lee", "role": "reviewer"}


def test_the_own_organization_is_read_and_changed_by_its_version(market: Market) -> None:
    manager = market.caller(market.organization("subcontractor", "Riverbend"), "manager")
    read = ok(manager.get("/organization"))
    assert (read.json["name"], read.json["country"], read.json["kind"]) == ("Riverbend", "CN", "subcontractor")
    tag = read.headers["ETag"]
    changed = ok(
        manager.patch("/organization", {"name": " River  Labeling ", "country": "ke"}, headers={"If-Match": tag})
    )
    assert (changed.json["name"], changed.json["country"]) == ("River Labeling", "KE")
    assert ok(manager.get("/organization")).headers["ETag"] == changed.headers["ETag"] != tag
    stale = manager.patch("/organization", {"name": "X"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json["code"]) == (412, "stale")
    missing = manager.patch("/organization", {"name": "X"})
    assert missing.status_code == 428
    same = ok(manager.patch("/organization", {"country": "KE"}, headers={"If-Match": changed.headers["ETag"]}))
    assert same.headers["ETag"] == changed.headers["ETag"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"country": "XX"}, "/country"), ({"name": " "}, "/name"), ({"kind": "platform"}, "/kind")],
)
def test_what_is_wrong_with_a_change_is_named(market: Market, body: dict[str, str], pointer: str) -> None:
    refused = market.requester().patch("/organization", body, headers={"If-Match": '"1"'})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


@pytest.mark.parametrize("kind", ["client", "subcontractor", "platform"])
def test_the_roles_of_each_kind_of_organization_are_data(market: Market, kind: str) -> None:
    caller = market.caller(market.organization(kind), ROLES_BY_KIND[kind][0])
    roles = ok(caller.get("/roles")).json["data"]
    assert [role["role"] for role in roles] == list(ROLES_BY_KIND[kind])
    assert {permission["name"] for permission in roles[0]["permissions"]} == ROLES[roles[0]["role"]]
    assert all(permission["description"] for role in roles for permission in role["permissions"])


def test_members_are_listed_and_their_roles_given_and_taken(market: Market) -> None:
    organization = market.organization("client")
    first, second = market.caller(organization, "requester"), market.caller(organization, "reviewer")
    market.requester()
    people = ok(first.get("/members?limit=1")).json
    rest = ok(first.get(f"/members?limit=1&cursor={people['next_cursor']}")).json
    ids = [public("person", caller.person_id) for caller in (first, second)]
    assert [member["person_id"] for member in people["data"] + rest["data"]] == ids
    path = f"/members/{ids[1]}"
    for _ in range(2):
        given = ok(first.post(f"{path}/add-role", {"role": "requester"})).json
        assert sorted(role["role"] for role in given["roles"]) == ["requester", "reviewer"]
    assert ok(second.get(path)).json == given
    taken = ok(second.post(f"/members/{ids[0]}/remove-role", {"role": "requester"})).json
    assert taken["roles"] == []
    assert first.get("/organization").status_code == 401
    last = second.post(f"{path}/remove-role", {"role": "requester"})
    assert (last.status_code, last.json["code"]) == (409, "last_of_role")
    wrong = second.post(f"{path}/add-role", {"role": "manager"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "role_unknown")


def test_nobody_is_made_a_member_by_their_id(market: Market) -> None:
    requester, stranger = market.requester(), market.requester()
    refused = requester.post(f"/members/{public('person', stranger.person_id)}/add-role", {"role": "reviewer"})
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")


def test_people_are_invited_reminded_and_the_invitation_taken_back(market: Market) -> None:
    requester = market.requester()
    invited = requester.post("/invitations", LEE)
    assert invited.status_code == 201
    invitation: dict[str, Any] = invited.json
    assert {name: invitation[name] for name in LEE} == LEE
    assert (invitation["state"], invitation["times_sent"], invitation["person_id"]) == ("pending", 1, None)
    assert invitation["invited_by"] == public("person", requester.person_id)
    assert not {"token", "token_hash", "link"} & invitation.keys()
    again = requester.post("/invitations", LEE)
    assert (again.status_code, again.json["code"]) == (409, "invitation_pending")
    path = invited.headers["Location"].removeprefix("/v1")
    assert ok(requester.get(path)).json == invitation
    assert ok(requester.post(f"{path}/resend")).json["times_sent"] == 2
    assert [row["id"] for row in ok(requester.get("/invitations?state=pending")).json["data"]] == [invitation["id"]]
    revoked = ok(requester.post(f"{path}/revoke")).json
    assert revoked["state"] == "revoked"
    assert ok(requester.get("/invitations?state=pending")).json["data"] == []
    for change in ("revoke", "resend"):
        refused = requester.post(f"{path}/{change}")
        assert (refused.status_code, refused.json["code"]) == (409, "state_conflict")
    assert requester.get("/invitations?state=lost").status_code == 400


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"name": "\t"}, "/name"),
        ({"role": "manager"}, "/role"),
        ({"role": "worker"}, "/role"),
        ({"organization_id": "org_1"}, "/organization_id"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_named(market: Market, change: dict[str, str], pointer: str) -> None:
    refused = market.requester().post("/invitations", {**LEE, **change})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_an_invitation_sent_twice_with_one_key_is_one_mail(market: Market) -> None:
    requester = market.requester()
    first, again = (requester.post("/invitations", LEE, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert first.json == again.json
    assert len(ok(requester.get("/invitations")).json["data"]) == 1
