"""Which role may go where on the pages of work, and call what of the workers' API: every cell of the tables tried."""

from __future__ import annotations

import uuid
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import workers_portal
from marketplace import console
from marketplace.identity import keys
from tests.builders.digests import changed, digests
from tests.builders.identity import make_one
from tests.builders.routes import path_of, routes
from tests.builders.web import Browser, make_app
from tests.client_api.permission_table import ROLES
from tests.workers_portal.permission_table import OPERATIONS, PAGES

ENDS_THE_VISIT: Final = frozenset({"POST /sign-out", "POST /account/delete"})
STOPS_A_LOOK: Final = "POST /look/stop"
"""Takes the token of the look that it stops, and no other."""


def try_page(browser: Browser, operation: str, form: dict[str, str] | None = None) -> TestResponse:
    method, _, address = operation.partition(" ")
    path = "/work" + path_of(address)
    answer = browser.get(path) if method == "GET" else browser.post(path, form)
    answer.close()
    return answer


def call(app: Flask, secret: str, operation: str) -> int:
    """The status of one call, with ids that nothing has and an empty body."""
    method, _, address = operation.partition(" ")
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": uuid.uuid4().hex}
    more: dict[str, Any] = {} if method == "GET" else {"json": {}}
    path = "/worker/v1" + path_of(address)
    return app.test_client().open(path, method=method, headers=headers, **more).status_code


def test_the_tables_name_every_page_and_operation_with_the_guard_that_it_has(app: Flask) -> None:
    assert routes(app, "/work") == PAGES
    assert routes(app, "/worker/v1") == {operation: permission for operation, (permission, _) in OPERATIONS.items()}


def test_a_worker_goes_everywhere_at_work(browser: Browser) -> None:
    browser.get("/work/settings")
    tried = sorted(PAGES.keys() - ENDS_THE_VISIT - {STOPS_A_LOOK})
    answers = {operation: try_page(browser, operation).status_code for operation in tried}
    # A 400 would be the token of forms, and tell nothing of roles.
    assert {operation: status for operation, status in answers.items() if status in {400, 403, 500}} == {}


def test_nobody_else_goes_anywhere_at_work(session: Session) -> None:
    app = make_app(session, workers_portal.register, console.register)
    inside = Browser(app).sign_in(session, make_one(session, *ROLES["r"]), "console")
    cookie = inside.client.get_cookie("piecework_console", path="/console")
    assert cookie is not None
    before = digests(session)
    for secret in ("", cookie.value, "made-up"):
        nobody = Browser(app)
        if secret:
            nobody.client.set_cookie("piecework_work", secret, path="/work")
        nobody.get("/work/sign-in")
        for operation, permission in PAGES.items():
            if permission == "public":
                continue
            answer = try_page(nobody, operation)
            assert answer.status_code == 303, operation
            assert answer.headers["Location"].startswith("/work/sign-in"), operation
    assert changed(before, digests(session)) == set()


def test_without_the_token_of_forms_nothing_is_taken_at_work(session: Session, browser: Browser) -> None:
    before = digests(session)
    for operation in PAGES:
        if operation.startswith("POST "):
            assert try_page(browser, operation, {"csrf_token": "forged"}).status_code == 400, operation
    assert changed(before, digests(session)) == set()


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_may_call_exactly_what_the_table_says(app: Flask, session: Session, letter: str) -> None:
    actor = make_one(session, *ROLES[letter])
    _key, secret = keys.issue_key(session, actor, organization_id=actor.organization_id)
    allowed = {operation for operation, (_, letters) in OPERATIONS.items() if letters == "*" or letter in letters}
    before = digests(session)
    refused = {operation: call(app, secret, operation) for operation in OPERATIONS.keys() - allowed}
    assert {operation: status for operation, status in refused.items() if status != 403} == {}
    assert changed(before, digests(session)) == set()
    answers = {operation: call(app, secret, operation) for operation in sorted(allowed)}
    assert {operation: status for operation, status in answers.items() if status in {401, 403, 500}} == {}


def test_without_a_key_every_operation_is_a_401(app: Flask) -> None:
    statuses = {call(app, "pwk_wrong", name) for name, (permission, _) in OPERATIONS.items() if permission != "public"}
    assert statuses == {401}
