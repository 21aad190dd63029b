"""Whoever plants a session in somebody's browser before they sign in has none of theirs afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.identity import signin
from marketplace.identity.authentication import actor_for_session
from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker
from tests.builders.passkeys import Authenticator
from tests.builders.web import PUBLIC_URL, Browser

FACES: Final = ("work", "console")
HOME: Final = {"work": "/work/", "console": "/console"}
SignIn = Callable[[Browser, str, Actor], TestResponse]


@pytest.fixture
def by_link(session: Session) -> SignIn:
    def sign_in(browser: Browser, face: str, actor: Actor) -> TestResponse:
        token, _code = signin.create_link(session, actor.person, face)
        browser.get(f"/{face}/sign-in/{token}")
        return browser.post(f"/{face}/sign-in/{token}")

    return sign_in


@pytest.fixture
def by_code(session: Session, mail: Mailbox) -> SignIn:
    def sign_in(browser: Browser, face: str, actor: Actor) -> TestResponse:
        email = session.scalars(select(Person.email).where(Person.id == actor.person)).one()
        # Asking for a code is for who is not signed in; the code is typed where the planted cookie lies.
        browser.get(f"/{face}/sign-in/nothing")
        browser.post(f"/{face}/sign-in", {"email": email})
        code = re.search(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", mail.last.text, re.MULTILINE)
        assert code
        return browser.post(f"/{face}/sign-in/code", {"email": email, "code": code[0]})

    return sign_in


@pytest.fixture
def by_passkey(app: Flask, session: Session) -> SignIn:
    def sign_in(browser: Browser, face: str, actor: Actor) -> TestResponse:
        device, at_home = Authenticator(origin=PUBLIC_URL, host="localhost"), Browser(app).sign_in(session, actor, face)
        at_home.get(f"/{face}/access")
        made = device.create(at_home.post(f"/{face}/access/passkeys/options").get_json())
        assert at_home.post(f"/{face}/access/passkeys", {"answer": made, "name": "Phone"}).status_code == 303
        browser.get(f"/{face}/sign-in/nothing")
        answer = device.get(browser.post(f"/{face}/sign-in/passkey/options").get_json())
        return browser.post(f"/{face}/sign-in/passkey", {"answer": answer})

    return sign_in


@pytest.fixture(params=["by_link", "by_code", "by_passkey"])
def way(request: pytest.FixtureRequest) -> SignIn:
    found: SignIn = request.getfixturevalue(request.param)
    return found


def somebody(session: Session, face: str) -> Actor:
    return make_worker(session) if face == "work" else make_member(session, make_organization(session), "requester")


def secret_of(browser: Browser, face: str) -> str:
    cookie = browser.client.get_cookie(f"piecework_{face}", path=f"/{face}")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, face: str, secret: str) -> Browser:
    browser = Browser(app)
    browser.client.set_cookie(f"piecework_{face}", secret, path=f"/{face}")
    return browser


@pytest.mark.parametrize("face", FACES)
def test_a_made_up_session_is_neither_the_one_after_signing_in_nor_worth_anything(
    app: Flask, session: Session, way: SignIn, face: str
) -> None:
    planted = "planted-by-somebody"
    browser = with_cookie(app, face, planted)
    assert way(browser, face, somebody(session, face)).status_code == 303
    fresh = secret_of(browser, face)
    assert fresh != planted
    assert with_cookie(app, face, planted).get(HOME[face]).status_code == 303
    assert with_cookie(app, face, fresh).get(HOME[face]).status_code == 200


@pytest.mark.parametrize("face", FACES)
def test_the_attackers_own_session_in_somebodys_browser_never_becomes_theirs(
    app: Flask, session: Session, way: SignIn, face: str, request: pytest.FixtureRequest
) -> None:
    attacker, victim = somebody(session, face), somebody(session, face)
    planted = secret_of(Browser(app).sign_in(session, attacker, face), face)
    assert with_cookie(app, face, planted).get(HOME[face]).status_code == 200
    browser = with_cookie(app, face, planted)
    answer = way(browser, face, victim)
    if "by_passkey" in request.node.name:
        # Where somebody is signed in, nobody else's passkey is taken: that session stays whose it was.
        known = actor_for_session(session, planted, face)
        assert (answer.status_code, known and known.person) == (422, attacker.person)
        return
    assert answer.status_code == 303, answer.text
    assert secret_of(browser, face) != planted
    assert with_cookie(app, face, planted).get(HOME[face]).status_code == 303


@pytest.mark.parametrize("face", FACES)
def test_every_sign_in_is_a_session_of_its_own_and_ends_the_one_before_it(
    app: Flask, session: Session, way: SignIn, face: str
) -> None:
    actor = somebody(session, face)
    browser = Browser(app).sign_in(session, actor, face)
    first = secret_of(browser, face)
    assert way(browser, face, actor).status_code == 303
    assert secret_of(browser, face) != first
    assert with_cookie(app, face, first).get(HOME[face]).status_code == 303


@pytest.mark.parametrize("face", FACES)
def test_an_address_brings_no_session_in(app: Flask, session: Session, face: str) -> None:
    secret = secret_of(Browser(app).sign_in(session, somebody(session, face), face), face)
    for path in (f"{HOME[face]}?piecework_{face}={secret}", f"{HOME[face]};piecework_{face}={secret}"):
        answer = Browser(app).get(path)
        assert answer.status_code in {303, 404}
        assert f"piecework_{face}=" not in "".join(answer.headers.getlist("Set-Cookie"))
