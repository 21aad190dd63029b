from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, fields
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from client_api.blueprint import Theme
from marketplace.db.engine import transaction
from tests.client_api.conftest import Answer, Caller, Market
from tests.client_api.story import ok

SCOPES = ["job.read", "key.manage"]


def with_secret(caller: Caller, secret: str) -> Caller:
    return Caller(caller.client, secret, caller.person_id, caller.organization_id)


def own_id(caller: Caller) -> str:
    """The id of the key that the caller comes with."""
    keys = ok(caller.get("/api-keys")).json["data"]
    found: str = next(key["id"] for key in keys if key["hint"] == caller.secret[-4:])
    return found


def issue(caller: Caller, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return caller.post("/api-keys", body, headers=headers or {})


def test_a_key_is_issued_with_a_key_and_shown_once(market: Market) -> None:
    requester = market.requester()
    answer = issue(requester, name="robot", scopes=SCOPES, expires_in_seconds=3600)
    assert answer.status_code == 201
    made = answer.json
    assert made["secret"].endswith(made["hint"])
    assert (made["name"], made["scopes"], made["issued_with"]) == ("robot", SCOPES, own_id(requester))
    assert answer.headers["Location"] == f"/v1/api-keys/{made['id']}"
    robot = with_secret(requester, made["secret"])
    assert ok(robot.get("/me")).json["permissions"] == SCOPES
    read = ok(robot.get(f"/api-keys/{made['id']}")).json
    assert "secret" not in read
    assert read == {
        **{name: value for name, value in made.items() if name != "secret"},
        "last_used_at": read["last_used_at"],
    }
    assert read["last_used_at"] is not None


def test_the_list_shows_the_keys_of_the_organization_and_of_no_other(market: Market) -> None:
    organization = market.organization("client")
    first, second = market.caller(organization, "requester"), market.caller(organization, "reviewer")
    market.requester()
    made = issue(first).json
    ok(first.post(f"/api-keys/{made['id']}/revoke", {}))
    listed = ok(first.get("/api-keys")).json["data"]
    assert {key["person_name"] for key in listed} == {"Person 2", "Person 3"}
    assert [key["hint"] for key in listed] == [made["hint"], second.secret[-4:], first.secret[-4:]]
    assert [key["id"] for key in ok(first.get("/api-keys?live=false")).json["data"]] == [made["id"]]
    assert len(ok(first.get("/api-keys?live=true")).json["data"]) == 2
    page = ok(first.get("/api-keys?limit=2")).json
    rest = ok(first.get(f"/api-keys?limit=2&cursor={page['next_cursor']}")).json
    assert [key["id"] for key in page["data"] + rest["data"]] == [key["id"] for key in listed]
    mine = ok(first.get(f"/api-keys?person_id={listed[1]['person_id']}")).json["data"]
    assert [key["hint"] for key in mine] == [second.secret[-4:]]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"scopes": ["job.read", "no.such"]}, "/scopes/1", "scope_unknown"),
        ({"scopes": ["job.write"]}, "/scopes/0", "scope_beyond_key"),
        ({"scopes": ["ledger.read"]}, "/scopes/0", "scope_beyond_holder"),
        ({"scopes": []}, "/scopes", "length"),
        ({"expires_in_seconds": 0}, "/expires_in_seconds", "out_of_range"),
        ({"expires_in_seconds": 366 * 86400 + 1}, "/expires_in_seconds", "out_of_range"),
        ({"name": "x" * 101}, "/name", "length"),
        ({"person_id": "per_1"}, "/person_id", "unknown_field"),
    ],
)
def test_what_is_wrong_with_a_new_key_is_named(market: Market, body: Any, pointer: str, code: str) -> None:
    asking = market.caller(market.organization("client"), "requester", scopes=SCOPES)
    refused = issue(asking, **body)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]


def test_a_replayed_answer_has_no_secret_and_says_so(market: Market, session: Session) -> None:
    requester = market.requester()
    first = issue(requester, {"Idempotency-Key": "a"}, name="robot")
    again = issue(requester, {"Idempotency-Key": "a"}, name="robot")
    assert (again.status_code, again.json) == (201, {**first.json, "secret": None})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Idempotent-Withheld"] == "secret"
    assert "Idempotent-Withheld" not in first.headers
    kept = session.execute(text("SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM idempotency_key")).scalar_one()
    assert first.json["id"] in kept
    assert first.json["secret"] not in kept
    assert len(ok(requester.get("/api-keys")).json["data"]) == 2


def test_a_secret_can_be_declared_only_where_it_can_be_left_out() -> None:
    class Shown(Schema):
        secret = fields.String()

    class Hidden(Schema):
        secret = fields.String(allow_none=True)

    for returns, idempotent in ((Shown, True), (Hidden, False), (None, True)):
        with pytest.raises(ValueError, match="secret"):
            Theme("odd", "").operation(
                "POST", "/odd", permission="job.read", returns=returns, idempotent=idempotent, secret_fields=("secret",)
            )(lambda: None)


def test_a_key_rotates_itself_and_both_work_until_the_overlap_is_over(market: Market) -> None:
    requester = market.requester()
    key_id = own_id(requester)
    rotated = requester.post(f"/api-keys/{key_id}/rotate", {"overlap_seconds": 1})
    assert rotated.status_code == 201
    successor = with_secret(requester, rotated.json["secret"])
    old = ok(successor.get(f"/api-keys/{key_id}")).json
    assert old["replaced_by"] == rotated.json["id"]
    assert ok(requester.get("/me")).json == ok(successor.get("/me")).json
    time.sleep(1.1)
    assert requester.get("/me").status_code == 401
    assert successor.get("/me").status_code == 200


def test_a_key_is_rotated_once_and_a_lost_successor_with_the_old_key(market: Market) -> None:
    requester = market.requester()
    key_id = own_id(requester)
    lost = requester.post(f"/api-keys/{key_id}/rotate", {}).json
    refused = requester.post(f"/api-keys/{key_id}/rotate", {})
    assert (refused.status_code, refused.json["code"]) == (409, "key_replaced")
    assert refused.json["data"] == {"successor": lost["id"]}
    found = requester.post(f"/api-keys/{lost['id']}/rotate", {})
    assert found.status_code == 201
    assert with_secret(requester, lost["secret"]).get("/me").status_code == 401
    assert with_secret(requester, found.json["secret"]).get("/me").status_code == 200


def test_revoking_ends_what_was_made_with_a_key_and_a_leaked_ones_successors(market: Market) -> None:
    requester, other = market.requester(), market.requester()
    made = issue(requester).json
    below = issue(with_secret(requester, made["secret"])).json
    ended = ok(requester.post(f"/api-keys/{made['id']}/revoke", {})).json
    assert ended["revoked_at"] is not None
    assert with_secret(requester, below["secret"]).get("/me").status_code == 401
    again = ok(requester.post(f"/api-keys/{made['id']}/revoke", {})).json
    assert again == ended
    key_id = own_id(requester)
    successor = requester.post(f"/api-keys/{key_id}/rotate", {}).json
    ok(requester.post(f"/api-keys/{key_id}/revoke", {"leaked": True}))
    assert requester.get("/me").status_code == 401
    assert with_secret(requester, successor["secret"]).get("/me").status_code == 401
    assert other.get("/me").status_code == 200


def test_one_idempotency_key_at_once_shows_one_secret_once(committing_app: Flask, committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        requester = Market(committing_app, session).requester()
    answers: list[Answer] = []
    start = threading.Barrier(8)

    def send() -> None:
        mine = Caller(committing_app.test_client(), requester.secret, uuid.uuid4(), None)
        start.wait()
        answers.append(issue(mine, {"Idempotency-Key": "one"}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer.json for answer in answers if answer.status_code == 201]
    assert len({answer["id"] for answer in made}) == 1
    assert sum(answer["secret"] is not None for answer in made) == 1
