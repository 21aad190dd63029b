"""The browsers in which somebody is signed in: told apart by plain words, and ended at once."""

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity import signin
from marketplace.identity.authentication import actor_for_session
from marketplace.identity.devices import Visit, end_other_sessions, end_session, own_sessions
from marketplace.identity.models import Person, WebSession
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.identity import make_member, make_organization, make_worker

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


def sign_in(session: Session, person: Actor, user_agent: str = "", before: str = "", face: str = "work") -> str:
    token, _code = signin.create_link(session, person.person, face)
    _row, secret = signin.consume(session, face, token=token, visit=Visit(user_agent, before))
    return secret


def seen_as(session: Session, secret: str, face: str = "work") -> Actor:
    actor = actor_for_session(session, secret, face)
    assert actor is not None
    return actor


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (PHONE, "Chrome", "Android"),
        (FIREFOX, "Firefox", "Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
        (PHONE.replace("Mobile", "SamsungBrowser/28.0 Mobile"), "Samsung Internet", "Android"),
        (f"{PHONE} EdgA/140.0", "Edge", "Android"),
        (f"{PHONE} OPR/80.0", "Opera", "Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1",
            "Safari",
            "iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Safari/604.1",
            "Chrome",
            "iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15",
            "Safari",
            "macOS",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "Chrome",
            "ChromeOS",
        ),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_what_a_browser_calls_itself_becomes_plain_words(user_agent: str, browser: str, system: str) -> None:
    visit = Visit(user_agent)
    assert (visit.browser, visit.system) == (browser, system)


def test_one_sees_where_one_is_signed_in_at_both_faces_and_nobody_elses(session: Session) -> None:
    worker = make_worker(session)
    make_member(session, make_organization(session), "requester", person=session.get_one(Person, worker.person))
    phone = seen_as(session, sign_in(session, worker, PHONE))
    sign_in(session, worker, FIREFOX, face="console")
    sign_in(session, make_worker(session), FIREFOX)
    rows = own_sessions(session, phone).data
    assert [(row.face, row.browser, row.system) for row in rows] == [
        ("console", "Firefox", "Windows"),
        ("work", "Chrome", "Android"),
    ]
    session.refresh(rows[1])
    assert rows[0].last_seen_at is None
    assert rows[1].last_seen_at is not None


def test_when_a_browser_was_last_seen_is_written_every_five_minutes_only(session: Session) -> None:
    secret = sign_in(session, make_worker(session))
    seen = select(WebSession.last_seen_at)
    seen_as(session, secret)
    session.execute(text("UPDATE web_session SET last_seen_at = statement_timestamp() - interval '4 minutes'"))
    before = session.scalars(seen).one()
    seen_as(session, secret)
    assert session.scalars(seen).one() == before
    session.execute(text("UPDATE web_session SET last_seen_at = statement_timestamp() - interval '6 minutes'"))
    before = session.scalars(seen).one()
    seen_as(session, secret)
    assert session.scalars(seen).one() != before


def test_an_ended_session_ends_at_once_and_that_is_logged(session: Session) -> None:
    worker = make_worker(session)
    here, lost, third = (sign_in(session, worker) for _ in range(3))
    me, thief = seen_as(session, here), seen_as(session, lost)
    assert thief.session_id is not None
    ended = end_session(session, me, thief.session_id)
    assert ended.revoked_at is not None
    assert actor_for_session(session, lost, "work") is None
    assert [row.id for row in own_sessions(session, me).data] == [seen_as(session, third).session_id, me.session_id]
    with pytest.raises(DomainError) as raised:
        end_session(session, me, thief.session_id)
    assert raised.value.slug == "not_found"
    assert end_other_sessions(session, me) == 1
    assert end_other_sessions(session, me) == 0
    assert actor_for_session(session, third, "work") is None
    assert seen_as(session, here).session_id == me.session_id
    bodies = session.scalars(select(AuditEvent.body).where(AuditEvent.kind == "sessions.ended"))
    said = [json.loads(body)["data"]["sessions"] for body in bodies]
    assert len(said) == 2
    assert [public("session", thief.session_id)] in said


def test_nobody_ends_anothers_session(session: Session) -> None:
    me, other = (seen_as(session, sign_in(session, make_worker(session))) for _ in range(2))
    assert other.session_id is not None
    with pytest.raises(DomainError) as raised:
        end_session(session, me, other.session_id)
    assert raised.value.slug == "not_found"
    assert end_other_sessions(session, me) == 0
    assert len(own_sessions(session, other).data) == 1


def test_a_new_sign_in_takes_the_place_of_the_one_the_browser_had(session: Session) -> None:
    first, second = make_worker(session), make_worker(session)
    before = sign_in(session, first)
    again = sign_in(session, first, before=before)
    assert again != before
    assert actor_for_session(session, before, "work") is None
    sign_in(session, second, before=again)
    assert actor_for_session(session, again, "work") is None
