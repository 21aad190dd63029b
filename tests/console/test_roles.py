"""Which role may go where in the console: every cell of the table tried by a browser that is signed in."""

from __future__ import annotations

from typing import Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from tests.builders.digests import changed, digests
from tests.builders.identity import make_one, make_worker
from tests.builders.routes import path_of, routes
from tests.builders.web import Browser
from tests.client_api.permission_table import ROLES
from tests.console.conftest import Enter
from tests.console.permission_table import TABLE

STAFF: Final = {letter: where for letter, where in ROLES.items() if where[0] is not None}
REFUSED: Final = 403
ENDS_THE_VISIT: Final = "POST /sign-out"
STOPS_A_LOOK: Final = "POST /look/stop"
"""Takes the token of the look that it stops, and no other."""


def enter_as(session: Session, enter: Enter, letter: str) -> tuple[Actor, Browser]:
    """Somebody of that role in an organization of their own, signed in and with the token of forms in hand."""
    actor = make_one(session, *STAFF[letter])
    browser = enter(actor)
    assert browser.get("/console").status_code == 200
    return actor, browser


def try_route(browser: Browser, operation: str, form: dict[str, str] | None = None) -> int:
    """The status of one request, with ids that nothing has."""
    method, _, address = operation.partition(" ")
    path = "/console" + path_of(address)
    return (browser.get(path) if method == "GET" else browser.post(path, form)).status_code


def is_allowed(letter: str, letters: str) -> bool:
    return letters == "*" or letter in letters


def test_the_table_names_every_page_and_form_with_the_guard_that_it_has(app: Flask) -> None:
    assert routes(app, "/console") == {operation: permission for operation, (permission, _) in TABLE.items()}


@pytest.mark.parametrize("letter", STAFF)
def test_each_role_may_go_exactly_where_the_table_says(session: Session, enter: Enter, letter: str) -> None:
    _, browser = enter_as(session, enter, letter)
    refused = {operation for operation, (_, letters) in TABLE.items() if not is_allowed(letter, letters)}
    assert len(refused) > 30
    before = digests(session)
    let_in = {operation: status for operation in refused if (status := try_route(browser, operation)) != REFUSED}
    assert let_in == {}, "the table says that this role may not"
    assert changed(before, digests(session)) == set()
    allowed = TABLE.keys() - refused - {ENDS_THE_VISIT, STOPS_A_LOOK}
    answers = {operation: try_route(browser, operation) for operation in sorted(allowed)}
    # A 400 would be the token of forms, and tell nothing of roles.
    assert {operation: status for operation, status in answers.items() if status in {400, REFUSED, 500}} == {}


@pytest.mark.parametrize("state", ["pending", "rejected", "suspended"])
@pytest.mark.parametrize("letter", ["r", "m"])
def test_who_is_not_approved_only_looks(session: Session, enter: Enter, letter: str, state: str) -> None:
    actor, browser = enter_as(session, enter, letter)
    session.get_one(Organization, actor.organization).state = state
    session.flush()
    before = digests(session)
    for operation, (permission, letters) in TABLE.items():
        if not is_allowed(letter, letters) or not permission.endswith(".read"):
            if permission not in {"public", "signed in"}:
                assert try_route(browser, operation) == REFUSED, operation
        else:
            assert operation.startswith("GET "), operation
            assert try_route(browser, operation) in {200, 404}, operation
    assert changed(before, digests(session)) == set()


def test_without_a_session_of_the_console_everything_leads_to_signing_in(
    app: Flask, session: Session, enter: Enter
) -> None:
    worker = make_worker(session)
    at_work = Browser(app).sign_in(session, worker, "work")
    cookie = at_work.client.get_cookie("piecework_work", path="/work")
    assert cookie is not None
    key = public("person", worker.person)
    before = digests(session)
    for secret in (None, "", cookie.value, key):
        nobody = Browser(app)
        if secret is not None:
            nobody.client.set_cookie("piecework_console", secret, path="/console")
        nobody.get("/console/sign-in")
        for operation, (permission, _) in TABLE.items():
            if permission == "public":
                continue
            method, _, address = operation.partition(" ")
            path = "/console" + path_of(address)
            answer = nobody.get(path) if method == "GET" else nobody.post(path)
            assert answer.status_code == 303, operation
            assert answer.headers["Location"].startswith("/console/sign-in"), operation
    assert changed(before, digests(session)) == set()


def test_without_the_token_of_forms_nothing_is_taken(session: Session, enter: Enter) -> None:
    _, browser = enter_as(session, enter, "f")
    before = digests(session)
    for operation in TABLE:
        if operation.startswith("POST "):
            assert try_route(browser, operation, {"csrf_token": "forged"}) == 400, operation
    assert changed(before, digests(session)) == set()


def test_the_auditor_is_let_in_where_nothing_but_their_own_ways_in_is_changed() -> None:
    changing = {
        operation
        for operation, (permission, letters) in TABLE.items()
        if operation.startswith("POST ") and is_allowed("a", letters) and permission != "public"
    }
    own = ("POST /access/", "POST /keys", "POST /organization")
    assert {operation for operation in changing if not operation.startswith(own)} == set()
