"""What a provider's answer must prove, and in which browser."""

import html
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import console
from marketplace.identity import oidc
from marketplace.identity.models import WebSession
from marketplace.identity.provider_models import IdentityProvider, ProviderSignIn
from marketplace.kernel.actor import Actor
from marketplace.outbound.asking import Answer, ask
from tests.builders.identity import Mailbox
from tests.builders.identity_provider import FakeProvider
from tests.builders.web import Browser, make_app
from tests.console.providers.going import NAMED, SIGNED_IN, arrive, sent_to, started


def test_a_rotated_key_is_taken_as_soon_as_it_is_published(app: Flask, connected: Browser, fake: FakeProvider) -> None:
    fake.key = fake.keys[1]
    assert arrive(Browser(app), fake).status_code == 422
    fake.published = list(fake.keys)
    assert arrive(Browser(app), fake).status_code == SIGNED_IN


def test_a_provider_that_takes_its_time_at_each_question_is_waited_for_once(
    monkeypatch: pytest.MonkeyPatch, app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    asked = []

    def slow(url: str, *arguments: Any, **options: Any) -> Answer:
        asked.append(url)
        time.sleep(0.4)
        return ask(url, *arguments, **options)

    browser = Browser(app)
    back = fake.authorize(sent_to(browser))
    monkeypatch.setattr(oidc, "ask", slow)
    monkeypatch.setattr(oidc, "SECONDS_MAX", 0.7)
    assert browser.get(back).status_code == 422
    assert len(asked) == 2  # the keys are not asked for any more


@pytest.mark.parametrize(
    "alter",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["piecework", "somebody-else"], "azp": "somebody-else"},
        {"iss": "https://evil.example.com"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "not an address"},
        {"email": "somebody@elsewhere.test"},
    ],
    ids=str,
)
def test_a_token_that_does_not_prove_it_lets_nobody_in(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider, alter: dict[str, Any]
) -> None:
    before = len(session.scalars(select(WebSession.id)).all())
    fake.alter = alter
    answer = arrive(Browser(app), fake)
    assert (answer.status_code, "did not work" in answer.text) == (422, True)
    assert len(session.scalars(select(WebSession.id)).all()) == before


def _unsigned(fake: FakeProvider) -> None:
    fake.unsigned = True


def _by_another_key(fake: FakeProvider) -> None:
    fake.key = RSAKey.generate_key(2048, {"kid": "one"})


def _by_the_public_key_as_a_secret(fake: FakeProvider) -> None:
    fake.as_a_secret = True


@pytest.mark.parametrize("forge", [_unsigned, _by_another_key, _by_the_public_key_as_a_secret])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    app: Flask, connected: Browser, fake: FakeProvider, forge: Callable[[FakeProvider], None]
) -> None:
    forge(fake)
    assert arrive(Browser(app), fake).status_code == 422


def test_an_answer_is_good_once_and_in_the_browser_that_began(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    first, other = Browser(app), Browser(app)
    back = fake.authorize(sent_to(first))
    # Somebody else's answer in this browser, and in one that has begun nothing.
    sent_to(other)
    assert other.get(back).status_code == 422
    assert Browser(app).get(back).status_code == 422
    assert first.get(back).status_code == SIGNED_IN
    first.client.set_cookie("piecework_provider", "x" * 43, path="/console/sign-in/oidc")
    assert first.get(back).status_code == 422


def test_the_same_answer_brought_again_by_the_same_browser_is_refused_before_the_provider_is_asked(
    app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    browser = Browser(app)
    back, cookie = (
        fake.authorize(sent_to(browser)),
        browser.client.get_cookie("piecework_provider", path="/console/sign-in/oidc"),
    )
    assert cookie
    assert browser.get(back).status_code == SIGNED_IN
    browser.client.set_cookie("piecework_provider", cookie.value, path="/console/sign-in/oidc")
    asked = len(fake.asked)
    assert browser.get(back).status_code == 422
    assert len(fake.asked) == asked


def test_a_provider_that_gives_out_a_code_twice_is_still_believed_once(
    app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    first, second = Browser(app), Browser(app)
    stolen, own = fake.authorize(sent_to(first)), fake.authorize(sent_to(second))
    code = re.search(r"code=([^&]+)", stolen)
    assert code
    injected = re.sub(r"code=[^&]+", f"code={code[1]}", own)
    # The verifier of the browser that brings it does not fit the code that another began.
    assert second.get(injected).status_code == 422


def test_a_link_from_elsewhere_begins_nothing_in_a_browser(
    session: Session, app: Flask, provider: IdentityProvider, fake: FakeProvider
) -> None:
    """A provider that lets everybody in would else sign a browser in as somebody who is not before it."""
    link = html.unescape(re.findall(r'href="([^"]+/start[^"]+)"', Browser(app).get(NAMED).text)[0])
    victim = Browser(app)
    victim.get("/console/sign-in")
    for address in (link, "/console/sign-in/oidc/acme/start", "/console/sign-in/oidc/acme/start?go=%E9"):
        answer = victim.get(address)
        assert (answer.status_code, answer.location) == (303, NAMED)
    assert session.scalars(select(ProviderSignIn)).all() == []
    assert fake.asked == []


def test_a_provider_that_does_not_answer_or_calls_itself_otherwise_is_said_so(
    app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider
) -> None:
    fake.status = 500
    answer = started(Browser(app))
    assert (answer.status_code, "does not answer" in answer.text) == (422, True)
    fake.status, fake.discovery = 200, {"issuer": "https://other.example.com"}
    assert "another issuer" in started(Browser(app)).text
    fake.discovery = {"token_endpoint": "http://10.0.0.1/token"}
    assert "not asked" in started(Browser(app)).text


def test_addresses_of_this_machine_are_asked_in_local_mode_only(
    session: Session, mail: Mailbox, provider: IdentityProvider, member: Actor, fake: FakeProvider
) -> None:
    outside = {"DEVELOPMENT": "0", "PUBLIC_URL": "https://market.test", "MAIL_URL": "smtp://mail.test"}
    browser = Browser(make_app(session, console.register, mailer=mail, environ=outside))
    page = browser.get("/console/sign-in/oidc?name=acme", base_url="https://market.test")
    start = re.search(r'href="(/console/sign-in/oidc/[^"]+/start[^"]+)"', page.text)
    assert start
    answer = browser.get(html.unescape(start[1]), base_url="https://market.test")
    assert (answer.status_code, "not asked" in answer.text) == (422, True)
    assert fake.asked == []


@pytest.mark.parametrize(
    "said",
    [
        {"authorization_endpoint": "https://["},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://login.example.com/?a=\r\nSet-Cookie: a=b"},
        {"authorization_endpoint": "https://login.example.com/#/authorize"},
        {"jwks_uri": "https://169.254.169.254/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": ["https://login.example.com"]},
        {"token_endpoint": "http://127.0.0.1@10.0.0.1/"},
        {"token_endpoint": "http://127.0.0.1.example.com/"},
    ],
    ids=str,
)
def test_a_provider_leads_nowhere_but_to_public_addresses(
    session: Session, app: Flask, provider: IdentityProvider, fake: FakeProvider, said: dict[str, Any]
) -> None:
    fake.discovery = said
    assert started(Browser(app)).status_code == 422
    assert session.scalars(select(ProviderSignIn)).all() == []
