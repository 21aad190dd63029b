"""Passkeys through the pages of both faces, as a browser sends them, with an authenticator in software."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

import workers_portal
from marketplace.console import registering as console
from marketplace.identity import devices, passkeys
from marketplace.identity.models import WebSession
from marketplace.identity.passkey_models import Passkey, PasskeyChallenge
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.web import sign_in
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker
from tests.builders.passkeys import Authenticator
from tests.builders.payouts import sandbox
from tests.builders.web import PUBLIC_URL, Browser, make_app

FACES: Final = ("work", "console")
FIREFOX: Final = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def app(session: Session, mail: Mailbox) -> Flask:
    return make_app(
        session, workers_portal.register, console.register, mailer=mail, rails={"sandbox": sandbox(session)}
    )


@pytest.fixture
def people(session: Session) -> dict[str, Actor]:
    return {"work": make_worker(session), "console": make_member(session, make_organization(session), "requester")}


def a_device() -> Authenticator:
    return Authenticator(origin=PUBLIC_URL, host="localhost")


def options(browser: Browser, path: str) -> dict[str, Any]:
    answer = browser.post(path)
    assert answer.status_code == 200, answer.text
    found = answer.json
    assert isinstance(found, dict)
    return found


def add(browser: Browser, face: str, device: Authenticator, name: str = "My phone") -> None:
    browser.get(f"/{face}/access")
    sent = device.create(options(browser, f"/{face}/access/passkeys/options"))
    answer = browser.post(f"/{face}/access/passkeys", {"answer": sent, "name": name})
    assert (answer.status_code, answer.location) == (303, f"/{face}/access"), answer.text


def use(browser: Browser, face: str, device: Authenticator, following: str = "") -> Any:
    sent = device.get(options(browser, f"/{face}/sign-in/passkey/options"))
    return browser.post(f"/{face}/sign-in/passkey", {"answer": sent, "next": following})


@pytest.mark.parametrize("face", FACES)
def test_added_seen_used_and_removed_at_both_faces(
    session: Session, app: Flask, mail: Mailbox, people: dict[str, Actor], face: str
) -> None:
    device, at_home = a_device(), Browser(app).sign_in(session, people[face], face)
    add(at_home, face, device)
    page = at_home.get(f"/{face}/access").text
    assert "Added." in page
    assert "My phone" in page
    assert "a passkey was added" in mail.last.text

    elsewhere = Browser(app)
    elsewhere.get(f"/{face}/sign-in")
    before = elsewhere.client.get_cookie(f"piecework_{face}", path=f"/{face}")
    answer = use(elsewhere, face, device, f"/{face}/access")
    assert (answer.status_code, answer.location) == (303, f"/{face}/access")
    after = elsewhere.client.get_cookie(f"piecework_{face}", path=f"/{face}")
    assert before is None
    assert after is not None
    assert after.http_only
    assert "My phone" in elsewhere.get(f"/{face}/access").text

    (remove,) = re.findall(rf'action="(/{face}/access/passkeys/psk_\w+/remove)"', page)
    assert at_home.post(remove).status_code == 303
    assert "a passkey was removed" in mail.last.text
    assert "My phone" not in at_home.get(f"/{face}/access").text.partition("<table")[2]
    stranger = Browser(app)
    stranger.get(f"/{face}/sign-in")
    refused = use(stranger, face, device)
    assert refused.status_code == 422
    assert "This passkey does not work here" in refused.text


def test_a_refused_answer_uses_its_challenge_up_for_good(
    session: Session, app: Flask, people: dict[str, Actor]
) -> None:
    device, at_home = a_device(), Browser(app).sign_in(session, people["work"], "work")
    at_home.get("/work/access")
    sent = Authenticator(origin="https://evil.example", host="localhost").create(
        options(at_home, "/work/access/passkeys/options")
    )
    refused = at_home.post("/work/access/passkeys", {"answer": sent, "name": "A"})
    assert refused.status_code == 422
    assert 'value="A"' in refused.text
    assert session.scalars(select(PasskeyChallenge)).all() == []
    add(at_home, "work", device)
    asked = options(at_home, "/work/sign-in/passkey/options")
    device.verified = False
    assert at_home.post("/work/sign-in/passkey", {"answer": device.get(asked)}).status_code == 422
    device.verified = True
    assert at_home.post("/work/sign-in/passkey", {"answer": device.get(asked)}).status_code == 422


def test_a_challenge_of_one_browser_is_worth_nothing_in_another(
    session: Session, app: Flask, people: dict[str, Actor]
) -> None:
    device = a_device()
    add(Browser(app).sign_in(session, people["work"], "work"), "work", device)
    asking, sending = Browser(app), Browser(app)
    asking.get("/work/sign-in")
    sending.get("/work/sign-in")
    options(sending, "/work/sign-in/passkey/options")
    sent = device.get(options(asking, "/work/sign-in/passkey/options"))
    assert sending.post("/work/sign-in/passkey", {"answer": sent}).status_code == 422
    assert asking.post("/work/sign-in/passkey", {"answer": sent}).status_code == 303


def test_strangers_learn_nothing_of_who_has_a_passkey(session: Session, app: Flask, people: dict[str, Actor]) -> None:
    device = a_device()
    add(Browser(app).sign_in(session, people["work"], "work"), "work", device)
    stranger = Browser(app)
    stranger.get("/work/sign-in")
    assert options(stranger, "/work/sign-in/passkey/options")["allowCredentials"] == []
    wrong = Authenticator(origin=PUBLIC_URL, host="localhost", credential_id=device.credential_id, owner=device.owner)
    pages = [use(stranger, "work", one) for one in (wrong, a_device())]
    told = [re.sub(r'value="[^"]+"', "", page.text) for page in pages]
    assert told[0] == told[1]
    assert [page.status_code for page in pages] == [422, 422]


def test_asking_and_answering_too_often_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "CHALLENGES_PER_SOURCE", 2)
    monkeypatch.setattr(sign_in, "REQUESTS_PER_SOURCE", 3)
    browser = Browser(app)
    browser.get("/work/sign-in")
    asked = [browser.post("/work/sign-in/passkey/options").status_code for _ in range(3)]
    assert asked == [200, 200, 429]
    pages = [browser.post("/work/sign-in/passkey", {"answer": "{}"}).text for _ in range(4)]
    assert ["too often" in page for page in pages] == [False, False, False, True]


def test_a_forged_form_adds_and_signs_in_nothing(session: Session, app: Flask, people: dict[str, Actor]) -> None:
    browser = Browser(app).sign_in(session, people["work"], "work")
    for path in ("access/passkeys", "access/passkeys/options", "sign-in/passkey", "access/sessions/end-others"):
        assert browser.client.post(f"/work/{path}").status_code == 400
    assert session.scalars(select(Passkey)).all() == []


def test_a_passkey_is_a_step_up_for_where_one_is_paid_and_for_passkeys(
    session: Session, app: Flask, people: dict[str, Actor]
) -> None:
    device, browser = a_device(), Browser(app).sign_in(session, people["work"], "work")
    browser.get("/work/payout-method")
    browser.post("/work/payout-method", {"rail": "sandbox", "destination": "acct_1"})
    add(browser, "work", device)
    session.execute(text("UPDATE web_session SET created_at = created_at - interval '1 hour'"))

    page = browser.get("/work/payout-method").text
    assert 'data-options="/work/sign-in/passkey/options"' in page
    refused = browser.post("/work/access/passkeys/options")
    assert refused.status_code == 403
    assert "/work/access/passkeys/options" not in browser.get("/work/access").text
    assert 'data-options="/work/sign-in/passkey/options"' in browser.get("/work/account").text

    other = a_device()
    add(Browser(app).sign_in(session, make_worker(session), "work"), "work", other)
    browser.get("/work/payout-method")
    asked = options(browser, "/work/sign-in/passkey/options")
    assert len(asked["allowCredentials"]) == 1
    assert browser.post("/work/sign-in/passkey", {"answer": other.get(asked)}).status_code == 422
    browser.get("/work/payout-method")
    answer = use(browser, "work", device, "/work/payout-method")
    assert answer.location == "/work/payout-method"
    assert "data-options" not in browser.get("/work/payout-method").text
    assert "/work/access/passkeys/options" in browser.get("/work/access").text


def test_where_the_address_has_no_passkeys_none_are_offered(session: Session, people: dict[str, Actor]) -> None:
    app = make_app(session, workers_portal.register, environ={"PUBLIC_URL": "http://192.0.2.7"})
    browser = Browser(app).sign_in(session, people["work"], "work")
    assert "only where this market is reached by a name" in browser.get("/work/access").text
    assert browser.post("/work/access/passkeys/options").status_code == 404
    assert "passkey" not in Browser(app).get("/work/sign-in").text.replace("webauthn", "")


@pytest.mark.parametrize("face", FACES)
def test_other_browsers_are_signed_out_from_the_list(
    session: Session, app: Flask, people: dict[str, Actor], face: str
) -> None:
    person = people[face]
    here, lost, third = (Browser(app).sign_in(session, person, face) for _ in range(3))
    page = here.get(f"/{face}/access").text
    assert page.count("this one") == 1
    ends = re.findall(rf'action="(/{face}/access/sessions/ses_\w+/end)"', page)
    assert len(ends) == 2
    newest = devices.own_sessions(session, person).data
    assert ends[0] == f"/{face}/access/sessions/{public('session', newest[0].id)}/end"
    assert here.post(ends[0]).status_code == 303
    assert third.get(f"/{face}/access").status_code != 200
    assert lost.get(f"/{face}/access").status_code == 200
    assert here.post(f"/{face}/access/sessions/end-others").status_code == 303
    assert "Signed out in 1 other browser." in here.get(f"/{face}/access").text
    assert lost.get(f"/{face}/access").status_code != 200
    assert here.get(f"/{face}/access").status_code == 200
    assert here.post(ends[0]).status_code == 404


def test_a_sign_in_by_mail_or_passkey_notes_the_browser_in_plain_words(
    session: Session, app: Flask, people: dict[str, Actor]
) -> None:
    device, browser = a_device(), Browser(app).sign_in(session, people["work"], "work")
    add(browser, "work", device)
    browser.get("/work/access")
    asked = options(browser, "/work/sign-in/passkey/options")
    browser.post("/work/sign-in/passkey", {"answer": device.get(asked)}, headers=FIREFOX)
    rows = session.scalars(select(WebSession).order_by(WebSession.id.desc())).all()
    assert (rows[0].browser, rows[0].system) == ("Firefox", "Linux")
    assert rows[1].revoked_at is not None
    assert passkeys.has_passkey(session, people["work"].person)
    assert "Firefox on Linux" in browser.get("/work/access").text
