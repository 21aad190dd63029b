"""A look ends by its button, its time, or with what it stands on, and leaves nothing behind."""

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.identity.directory import remove_member
from marketplace.identity.erasing import erase_person
from marketplace.identity.look_models import Look
from marketplace.identity.models import ApiKey, Membership, Organization, Person, WebSession
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.web.looking import COOKIE
from marketplace.web.signed_links import SignedLinks
from tests.builders.identity import TESTS, make_member, make_staff
from tests.builders.web import Browser
from tests.console.test_looking import BANNER, FACES, app, looking, people, staff, stop, stop_token

__all__ = ["app", "looking", "people", "staff"]
WHYS = ["time", "signed out", "dismissed", "erased", "promoted"]


@pytest.mark.parametrize("face", FACES)
def test_a_look_is_stopped_by_the_button_and_the_browser_forgets(
    session: Session, looking: Browser, staff: Actor, face: str
) -> None:
    answer = stop(looking, face)
    assert (answer.status_code, answer.location) == (303, "/console/looks?ended=stopped")
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert ("storage" in answer.headers["Clear-Site-Data"]) == (face == "work")
    page = looking.get(answer.location)
    assert BANNER not in page.text
    assert session.get_one(Person, staff.person).name in page.text
    assert session.scalars(select(Look.ended_at)).one() is not None
    assert looking.client.get_cookie(COOKIE, path=f"/{face}") is None


@pytest.mark.parametrize("face", FACES)
def test_the_cookie_outlives_the_look_so_that_the_browser_is_told_to_forget(
    session: Session, looking: Browser, face: str
) -> None:
    cookie = looking.client.get_cookie(COOKIE, path=f"/{face}")
    assert cookie is not None
    assert (cookie.max_age, cookie.expires) == (None, None)
    session.execute(update(Look).values(expires_at=func.statement_timestamp() - dt.timedelta(seconds=1)))
    answer = looking.get(FACES[face])
    assert (answer.status_code, answer.location) == (303, "/console/looks?ended=over")
    assert "cache" in answer.headers["Clear-Site-Data"]


@pytest.mark.parametrize("face", FACES)
def test_a_look_is_not_stopped_by_a_forged_form(session: Session, looking: Browser, face: str) -> None:
    look = session.scalars(select(Look)).one()
    for forged in ("", "forged", public("look", look.id), stop_token(looking, face)[:-1]):
        answer = looking.client.post(f"/{face}/look/stop", data={"csrf_token": forged, "look_token": forged})
        assert answer.status_code == 400, forged
    assert session.scalars(select(Look.ended_at)).one() is None


def end(session: Session, staff: Actor, people: dict[str, Actor], face: str, why: str) -> None:
    """Take away what a look stands on."""
    if why == "time":
        session.execute(update(Look).values(expires_at=func.statement_timestamp() - dt.timedelta(seconds=1)))
    elif why == "signed out":
        session.execute(update(WebSession).values(revoked_at=func.statement_timestamp()))
    elif why == "dismissed":
        make_staff(session, "operations")
        remove_member(session, TESTS, staff.person, staff.organization, "operations")
    elif why == "promoted":
        session.add(Membership(person_id=people[face].person, organization_id=staff.organization, role="finance"))
        session.flush()
    else:
        make_member(session, session.get_one(Organization, people["console"].organization), "requester")
        erase_person(session, make_staff(session, "operations"), people[face].person, "asked_in_writing")


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("why", WHYS)
def test_a_look_that_is_over_does_nothing_and_gives_the_browser_back(
    session: Session, looking: Browser, staff: Actor, people: dict[str, Actor], face: str, why: str
) -> None:
    end(session, staff, people, face, why)
    answer = looking.client.post(f"/{face}/keys", data={"name": "mine"})
    assert (answer.status_code, answer.location) == (303, "/console/looks?ended=over")
    assert looking.client.get_cookie(COOKIE, path=f"/{face}") is None
    assert session.scalars(select(ApiKey)).all() == []


@pytest.mark.parametrize("face", ["work"])
def test_beside_a_look_at_work_the_console_is_ones_own_and_ends_it(session: Session, looking: Browser) -> None:
    page = looking.get("/console/looks")
    assert BANNER not in page.text
    assert "Stop looking" in page.text
    assert looking.post("/console/looks/stop").status_code == 303
    assert looking.get("/work/").location == "/console/looks?ended=over"


@pytest.mark.parametrize("face", ["console"])
@pytest.mark.parametrize("why", ["stopped", *WHYS])
def test_links_of_a_look_open_no_file_and_end_with_it(
    session: Session, app: Flask, looking: Browser, staff: Actor, people: dict[str, Actor], face: str, why: str
) -> None:
    files, media = SignedLinks("export"), SignedLinks("media", files=False)
    look = session.scalars(select(Look)).one()
    thing = look.id
    with app.test_request_context(), app.app_context():
        seen = replace(people["console"], via="look", look_id=look.id)
        assert files.read(files.sign(thing, people["console"])) is not None
        assert files.read(files.sign(thing, seen)) is None
        shown = media.sign(thing, seen)
        assert media.read(shown) is not None
    if why == "stopped":
        stop(looking, "console")
    else:
        end(session, staff, people, face, why)
    with app.test_request_context():
        assert media.read(shown) is None
