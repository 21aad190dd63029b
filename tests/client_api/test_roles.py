"""Which role may call which operation: every cell of the table tried with a real key."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.builders.routes import path_of, routes
from tests.client_api.conftest import Caller, Market
from tests.client_api.permission_table import ROLES, TABLE


def _send(caller: Caller, operation: str) -> int:
    method = operation.split(" ", maxsplit=1)[0]
    body: dict[str, Any] = {} if method == "GET" else {"json": {}, "headers": {"If-Match": '"1"'}}
    return caller.send(method, path_of(operation.split(" ")[1]), **body).status_code


def test_the_table_names_every_operation_and_no_other(app: Flask) -> None:
    assert set(TABLE) == {operation for operation, guard in routes(app, "/v1").items() if guard != "public"}


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_may_call_exactly_what_the_table_says(letter: str, market: Market) -> None:
    kind, role = ROLES[letter]
    caller = market.caller(market.organization(kind), role) if kind else market.caller(None)
    wrong = []
    for operation, allowed in TABLE.items():
        status = _send(caller, operation)
        assert status != 500, operation
        if (status != 403) != (letter in allowed or allowed == "*"):
            wrong.append(f"{operation}: {status}, the table says {allowed!r}")
    assert wrong == []


def test_without_a_key_or_with_a_wrong_one_everything_is_a_401(app: Flask, market: Market) -> None:
    nobody = market.requester()
    for secret in ("", "pwk_wrong", "pwk_" + "x" * 300):
        nobody.secret = secret
        assert {_send(nobody, operation) for operation in TABLE} == {401}
    answer = app.test_client().get("/v1/me")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["code"] == "unauthenticated"


def test_a_key_with_fewer_scopes_may_do_no_more_than_these(market: Market) -> None:
    reader = market.caller(market.organization("client"), "requester", scopes=["job.read"])
    assert reader.get("/jobs").status_code == 200
    assert reader.get("/me").json["permissions"] == ["job.read"]
    refused = reader.get("/balance")
    assert (refused.status_code, refused.json["data"]) == (403, {"permission": "deposit.make"})
