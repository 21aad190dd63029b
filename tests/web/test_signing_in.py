import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from marketplace.identity import signin
from marketplace.identity.models import Person, SignInToken, WebSession
from marketplace.web.faces import CONSOLE, WORK
from marketplace.web.redirects import safe_next
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker
from tests.builders.web import Browser, make_app


def email_of(session: Session, person_id: object) -> str:
    return session.scalars(select(Person.email).where(Person.id == person_id)).one()


def test_looking_at_a_link_does_not_use_it_up(session: Session, browser: Browser) -> None:
    worker = make_worker(session)
    token, _code = signin.create_link(session, worker.person, "work")
    for _ in range(3):
        assert "Sign in" in browser.get(f"/work/sign-in/{token}").text
    assert session.scalars(select(SignInToken.used_at)).all() == [None]
    answer = browser.post(f"/work/sign-in/{token}")
    assert (answer.status_code, answer.location) == (303, "/work")
    again = browser.post(f"/work/sign-in/{token}")
    assert again.status_code == 422
    assert "does not work" in again.text


def test_the_session_cookie_is_bound_to_its_face_and_out_of_reach_of_script(session: Session, browser: Browser) -> None:
    member = make_member(session, make_organization(session), "requester")
    token, _code = signin.create_link(session, member.person, "console")
    browser.get(f"/console/sign-in/{token}")
    answer = browser.post(f"/console/sign-in/{token}")
    cookies = [value for name, value in answer.headers if name == "Set-Cookie"]
    mine = [cookie for cookie in cookies if cookie.startswith("piecework_console=")]
    assert len(mine) == 1
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console"):
        assert part in mine[0]
    assert all("Path=/console" in cookie for cookie in cookies)


def test_cookies_are_secure_when_the_service_is_reached_by_https(session: Session) -> None:
    browser = Browser(make_app(session, environ={"PUBLIC_URL": "https://market.test"}))
    base = {"base_url": "https://market.test"}
    answer = browser.get("/work/sign-in", **base)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_a_code_from_the_mail_signs_in(session: Session, browser: Browser, mail: Mailbox) -> None:
    email = email_of(session, make_worker(session).person_id)
    browser.get("/work/sign-in?next=/work/tasks")
    sent = browser.post("/work/sign-in", {"email": email, "next": "/work/tasks"})
    assert sent.status_code == 200
    assert 'value="/work/tasks"' in sent.text
    # On a line of its own: the link before it may hold something alike.
    code = re.search(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", mail.last.text, re.MULTILINE)
    assert code
    answer = browser.post("/work/sign-in/code", {"email": email, "code": code[0], "next": "/work/tasks"})
    assert (answer.status_code, answer.location) == (303, "/work/tasks")


def test_wrong_codes_are_counted_although_the_page_shows_an_error(
    session: Session, browser: Browser, mail: Mailbox
) -> None:
    email = email_of(session, make_worker(session).person_id)
    browser.get("/work/sign-in")
    browser.post("/work/sign-in", {"email": email})
    for _ in range(signin.ATTEMPTS_MAX):
        assert browser.post("/work/sign-in/code", {"email": email, "code": "2222-2222"}).status_code == 422
    session.expire_all()
    assert session.scalars(select(SignInToken.attempts)).one() == signin.ATTEMPTS_MAX


def test_known_and_unknown_addresses_look_alike(session: Session, browser: Browser, mail: Mailbox) -> None:
    known = email_of(session, make_worker(session).person_id)
    browser.get("/work/sign-in")
    pages = [browser.post("/work/sign-in", {"email": address}).text for address in (known, "nobody@example.test")]
    first, second = (re.sub(r"\S+@example\.test|value=\"[^\"]+\"", "", page) for page in pages)
    assert first == second
    assert len(mail.messages) == 2


def test_asking_too_often_is_refused_by_a_count_in_the_database(browser: Browser) -> None:
    browser.get("/work/sign-in")
    answers = [browser.post("/work/sign-in", {"email": "a@example.test"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [422]
    assert "too often" in answers[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.test/work",
        "//evil.test",
        "/\\evil.test",
        "/work\\..\\x",
        "javascript:alert(1)",
        "/console",
        "/worker",
        "/work/sign-out",
        "/work//evil.test",
        "/work/\nLocation: x",
        "",
        None,
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(text: str | None) -> None:
    assert safe_next(text, WORK) == "/work"


def test_inside_the_face_one_goes_where_one_wanted() -> None:
    assert safe_next("/work/claims/clm_1?x=1&y=a%20b", WORK) == "/work/claims/clm_1?x=1&y=a%20b"
    assert safe_next("/console/jobs", CONSOLE) == "/console/jobs"


def test_a_form_without_its_token_is_refused(session: Session, app: Flask) -> None:
    worker = make_worker(session)
    token, _code = signin.create_link(session, worker.person, "work")
    answer = app.test_client().post(f"/work/sign-in/{token}")
    assert answer.status_code == 400
    assert "form could not be checked" in answer.text
    assert session.scalars(select(WebSession)).all() == []


def test_what_goes_wrong_with_a_link_does_not_write_the_link_into_the_log(
    session: Session, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _code = signin.create_link(session, make_worker(session).person, "work")
    browser.get(f"/work/sign-in/{token}")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(signin, "consume", refuse)
    with capture_logs() as lines:
        assert browser.post(f"/work/sign-in/{token}").status_code == 503
    # How many lines there are follows from the level that logs were configured with.
    assert {line["path"] for line in lines if "path" in line} == {"/work/sign-in/..."}
    assert token not in repr(lines)


def test_signing_out_ends_the_session_at_once(session: Session, app: Flask) -> None:
    browser = Browser(app).sign_in(session, make_worker(session), "work")
    kept = browser.client.get_cookie("piecework_work", path="/work")
    assert kept
    browser.get("/work/sign-in/whatever")
    assert browser.post("/work/sign-out").status_code == 303
    session.expire_all()
    assert session.scalars(select(WebSession.revoked_at)).one() is not None
    assert browser.client.get_cookie("piecework_work", path="/work") is None
