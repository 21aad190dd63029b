"""Staff who look at the pages of others read them and do nothing, whatever they try."""

import datetime as dt
import re

import pytest
from flask import Flask, Response, request
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import client_api
import workers_portal
from marketplace import console
from marketplace.identity.keys import issue_key
from marketplace.identity.models import ApiKey, Person, WebSession
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.web.database import request_session
from marketplace.web.guard import public as for_everybody
from marketplace.web.guard import signed_in
from marketplace.web.looking import COOKIE
from tests.builders.identity import Mailbox, make_member, make_organization, make_staff, make_worker
from tests.builders.payouts import sandbox
from tests.builders.web import Browser, make_app
from tests.builders.work import make_market, open_batch
from tests.console.conftest import Enter
from tests.workers_portal.test_pages import claim_a_task

BANNER = '<section class="look"'
ONLY = "You only look"
FACES = {"console": "/console", "work": "/work/"}


def _writing() -> str:
    session = request_session()
    if "later" in request.args:
        session.commit()  # what follows is another transaction
    session.execute(text("UPDATE person SET name = 'Changed by a look'"))
    return "written"


def _rename(app: Flask) -> None:
    """A page that writes when it is read, as somebody may write one some day."""
    for face in FACES:
        app.add_url_rule(f"/{face}/writes", f"{face}_writes", signed_in(_writing))
        app.add_url_rule(f"/{face}/opens", f"{face}_opens", for_everybody(lambda: "open"))
        app.add_url_rule(f"/{face}/file", f"{face}_file", signed_in(lambda: Response("a,b", mimetype="text/csv")))


@pytest.fixture
def app(session: Session, mail: Mailbox) -> Flask:
    faces = (console.register, workers_portal.register, client_api.register, _rename)
    return make_app(session, *faces, mailer=mail, rails={"sandbox": sandbox(session)})


@pytest.fixture
def staff(session: Session) -> Actor:
    return make_staff(session, "operations")


@pytest.fixture
def people(session: Session) -> dict[str, Actor]:
    """Somebody with pages at each face."""
    client = make_organization(session, name="Northwind")
    return {"console": make_member(session, client, "requester"), "work": make_worker(session, name="Amina")}


def begin(browser: Browser, person: Actor, reason: str = "They asked for help") -> None:
    place = "work" if person.organization_id is None else public("organization", person.organization_id)
    browser.get(f"/console/looks?who={public('person', person.person)}")
    form = {"person": public("person", person.person), "place": place, "reason": reason}
    answer = browser.post("/console/looks", form)
    assert answer.status_code == 303, answer.text
    assert answer.location == ("/work/" if place == "work" else "/console")


def stop_token(browser: Browser, face: str) -> str:
    """The token of the button that stops a look, which serves for nothing else."""
    found = re.search(r'name="look_token" value="([^"]+)"', browser.get(FACES[face]).text)
    assert found is not None
    return found[1]


def stop(browser: Browser, face: str) -> TestResponse:
    return browser.client.post(f"/{face}/look/stop", data={"look_token": stop_token(browser, face)})


@pytest.fixture
def looking(enter: Enter, staff: Actor, people: dict[str, Actor], face: str) -> Browser:
    """The browser of staff who look at the pages of somebody at that face."""
    browser = enter(staff)
    begin(browser, people[face])
    return browser


@pytest.mark.parametrize("face", FACES)
def test_a_look_shows_their_pages_under_a_banner_with_the_reason(
    session: Session, looking: Browser, people: dict[str, Actor], face: str
) -> None:
    page = looking.get(FACES[face])
    assert page.status_code == 200
    name = session.get_one(Person, people[face].person).name
    assert BANNER in page.text
    assert f"You look at the pages of {name}" in page.text
    assert "<q>They asked for help</q>" in page.text
    assert BANNER in looking.get(f"/{face}/nowhere").text


@pytest.mark.parametrize("face", FACES)
def test_a_look_takes_no_form_with_or_without_a_token(session: Session, looking: Browser, face: str) -> None:
    token = stop_token(looking, face)
    paths = {
        "console": ("/console/jobs", "/console/team/keys", "/console/keys", "/console/looks", "/console/sign-out"),
        "work": ("/work/keys", "/work/settings", "/work/notices", "/work/account/delete", "/work/sign-out"),
    }
    for path in paths[face]:
        for form in ({}, {"csrf_token": token}):
            answer = looking.client.post(path, data=form)
            assert (answer.status_code, ONLY in answer.text) == (403, True), path
    for method in ("put", "patch", "delete"):
        assert getattr(looking.client, method)(f"/{face}/keys").status_code == 403
    assert session.scalars(select(ApiKey)).all() == []


@pytest.mark.parametrize("face", FACES)
def test_a_look_puts_no_token_into_their_forms_so_that_none_is_sent_later(looking: Browser, face: str) -> None:
    page = looking.get("/console/team" if face == "console" else "/work/settings").text
    tokens = re.findall(r'name="csrf_token" value="([^"]*)"', page)
    assert len(tokens) > 1
    assert set(tokens) == {""}


@pytest.mark.parametrize("face", FACES)
def test_a_look_cannot_write_even_by_a_page_that_writes_when_it_is_read(
    session: Session, looking: Browser, face: str
) -> None:
    for path in (f"/{face}/writes", f"/{face}/writes?later"):
        answer = looking.get(path)
        assert (answer.status_code, ONLY in answer.text) == (403, True), path
    assert "Changed by a look" not in session.scalars(select(Person.name)).all()
    stop(looking, face)
    assert session.execute(text("SHOW transaction_read_only")).scalar_one() == "off"


@pytest.mark.parametrize("face", FACES)
def test_a_look_shows_nothing_that_is_public_at_the_face_or_theirs_alone_and_no_files(
    looking: Browser, face: str
) -> None:
    paths = [f"/{face}/opens", f"/{face}/file", f"/{face}/access", f"/{face}/keys", f"/{face}/sign-in"]
    if face == "work":
        paths += ["/work/account/data.json", "/work/offline.js", "/work/outbox/who", "/work/language/sw"]
        paths += ["/work/earnings/calendar.ics"]
    else:
        paths += ["/console/margins/file"]
    for path in paths:
        answer = looking.get(path)
        assert (answer.status_code, ONLY in answer.text) == (403, True), path
        assert BANNER in answer.text


@pytest.mark.parametrize("face", ["console"])
def test_a_look_lists_no_keys_of_the_organization(
    session: Session, app: Flask, looking: Browser, people: dict[str, Actor]
) -> None:
    key, _secret = issue_key(session, people["console"], organization_id=people["console"].organization, name="Nightly")
    own = Browser(app).sign_in(session, people["console"], "console").get("/console/team").text
    assert (f"pwk_…{key.hint}" in own, "Nightly" in own) == (True, True)
    shown = looking.get("/console/team")
    assert (shown.status_code, key.hint in shown.text, "Nightly" in shown.text) == (200, False, False)


@pytest.mark.parametrize("face", FACES)
def test_a_look_reads_every_page_of_the_menu(looking: Browser, face: str) -> None:
    first = looking.get(FACES[face]).text
    seen = {path for path in re.findall(rf'href="(/{face}[^"#]*)"', first) if "/static/" not in path}
    assert len(seen) > 5
    for path in sorted(seen - {f"/{face}/access", f"/{face}/keys"}):
        answer = looking.get(path)
        assert (answer.status_code, BANNER in answer.text) == (200, True), path


@pytest.mark.parametrize("face", FACES)
def test_a_look_opens_neither_api(looking: Browser, face: str) -> None:
    cookie = looking.client.get_cookie(COOKIE, path=f"/{face}")
    assert cookie is not None
    for path in ("/v1/me", "/worker/v1/me", "/v1/jobs", "/worker/v1/claims"):
        for headers in ({"Cookie": f"{COOKIE}={cookie.value}"}, {"Authorization": f"Bearer {cookie.value}"}):
            assert looking.client.get(path, headers=headers).status_code in {401, 404}, path


@pytest.mark.parametrize("face", ["work"])
def test_their_pages_are_in_their_language_and_keep_nothing_on_the_device(
    session: Session, looking: Browser, people: dict[str, Actor]
) -> None:
    session.execute(update(Person).where(Person.id == people["work"].person).values(language="sw"))
    page = looking.get("/work/").text
    assert '<html lang="sw"' in page
    assert '<section class="look" lang="en" dir="ltr"' in page
    assert "Stop looking" in page
    assert "data-person" not in page
    assert "outbox.js" not in page


@pytest.mark.parametrize("face", ["work"])
def test_a_look_calls_no_tool_of_a_client(
    session: Session, app: Flask, looking: Browser, people: dict[str, Actor]
) -> None:
    tool = {"url": "https://tool.example.org", "answer": {"type": "object"}}
    open_batch(session, make_market(session, items_count=1, kind="external", label_schema=tool), items_per_task=1)
    own = Browser(app).sign_in(session, people["work"], "work")
    page = f"{claim_a_task(own)}/items/1"
    called = ("data-external", "<iframe", "data-token", ".token", "external.js", "tool.example.org")
    worked_on = own.get(page)
    assert all(part in worked_on.text for part in called)
    assert "tool.example.org" in worked_on.headers["Content-Security-Policy"]
    shown = looking.get(page)
    assert (shown.status_code, BANNER in shown.text) == (200, True)
    assert [part for part in called if part in shown.text] == []
    assert "tool.example.org" not in shown.headers["Content-Security-Policy"]


def test_a_look_is_refused_on_the_page_that_begins_one(session: Session, enter: Enter, staff: Actor) -> None:
    browser, finance = enter(staff), make_staff(session, "finance")
    browser.get(f"/console/looks?who={public('person', finance.person)}")
    form = {
        "person": public("person", finance.person),
        "place": public("organization", finance.organization),
        "reason": "They asked",
    }
    answer = browser.post("/console/looks", form)
    assert (answer.status_code, "who may do more" in answer.text) == (422, True)
    assert "Set-Cookie" not in answer.headers or COOKIE not in answer.headers["Set-Cookie"]
    session.execute(update(WebSession).values(created_at=WebSession.created_at - dt.timedelta(hours=1)))
    assert "Sign in again first" in browser.post("/console/looks", form).text
    assert enter(finance).get("/console/looks").status_code == 403


def test_the_person_reads_of_it_among_their_devices(
    session: Session, app: Flask, enter: Enter, staff: Actor, people: dict[str, Actor]
) -> None:
    begin(enter(staff), people["work"], "Amina asked where her pay is")
    own = Browser(app).sign_in(session, people["work"], "work").get("/work/access")
    assert "Amina asked where her pay is" in own.text


def test_an_auditor_reads_who_looked_at_whom_and_looks_at_nobody(
    session: Session, enter: Enter, staff: Actor, people: dict[str, Actor]
) -> None:
    begin(enter(staff), people["console"], "A mail of 3 March")
    auditor = enter(make_staff(session, "auditor"))
    wanted = public("person", people["console"].person)
    shown = auditor.get(f"/console/looks?who={wanted}").text
    assert "A mail of 3 March" in shown
    assert "Northwind" in shown
    assert "Which pages" not in shown
    assert 'name="who"' not in shown
    assert auditor.post("/console/looks", {"person": wanted, "place": "work", "reason": "Why not"}).status_code == 403
