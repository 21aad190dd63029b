import re

import pytest
from flask import Flask, url_for
from sqlalchemy.orm import Session

from marketplace.console.blueprint import MENU
from marketplace.identity.permissions import ROLES, ROLES_BY_KIND
from marketplace.kernel.actor import Actor
from marketplace.web.guard import ATTRIBUTE
from tests.builders.identity import make_member, make_organization, make_person, make_staff
from tests.console.conftest import Enter

KIND_OF_ROLE = [(kind, role) for kind, roles in ROLES_BY_KIND.items() for role in roles]


def somebody(session: Session, kind: str, role: str) -> Actor:
    return (
        make_staff(session, role)
        if kind == "platform"
        else make_member(session, make_organization(session, kind), role)
    )


@pytest.mark.parametrize(("kind", "role"), KIND_OF_ROLE)
def test_every_role_opens_what_its_menu_shows_and_nothing_else(
    session: Session, app: Flask, enter: Enter, kind: str, role: str
) -> None:
    actor = somebody(session, kind, role)
    browser = enter(actor)
    home = browser.get("/console")
    assert home.status_code == 200
    for entry in MENU:
        with app.test_request_context():
            path = url_for(entry.endpoint)
        shown = any(permission in ROLES[role] for permission in entry.permissions)
        assert (f'href="{path}"' in home.text) is shown, path
        answer = browser.get(path)
        assert answer.status_code == (200 if shown else 403), path
        assert " style=" not in answer.text, path
        assert "<script" not in answer.text, path
        assert not re.search(r"\son[a-z]+=", answer.text), path


def test_every_page_of_the_console_is_guarded(app: Flask) -> None:
    mine = {name: view for name, view in app.view_functions.items() if name.startswith("console.")}
    assert len(mine) > 40
    assert [name for name, view in mine.items() if not hasattr(view, ATTRIBUTE)] == []
    # But signing in through an organization's provider, which nobody could otherwise.
    public = {name for name, view in mine.items() if getattr(view, ATTRIBUTE) == "public"}
    assert public == {f"console.provider_{step}" for step in ("ask", "start", "back", "code")}


def test_who_belongs_to_two_organizations_can_change_between_them(session: Session, enter: Enter) -> None:
    person = make_person(session)
    first = make_organization(session, "client", name="First")
    second = make_organization(session, "subcontractor", name="Second")
    actor = make_member(session, first, "requester", person=person)
    make_member(session, second, "manager", person=person)
    browser = enter(actor)
    page = browser.get("/console").text
    assert "<h1>First</h1>" in page
    value = page.split("Second</option>")[0].split('value="')[-1].split('"')[0]
    assert browser.post("/console/organization", {"organization": value}).status_code == 303
    assert "<h1>Second</h1>" in browser.get("/console").text


def test_few_lines_stand_side_by_side_and_many_under_their_topics(session: Session, enter: Enter) -> None:
    reviewer = make_member(session, make_organization(session, "subcontractor"), "reviewer")
    assert "<summary" not in enter(reviewer).get("/console").text
    page = enter(make_staff(session, "auditor")).get("/console/ledger").text
    topics = re.findall(r"<summary([^>]*)>([^<]+)</summary>", page)
    assert "Books" in {name for _, name in topics}
    assert [name for marks, name in topics if "current" in marks] == ["Books"], "where one is, is told"
    assert len(re.findall(r'aria-current="page"', page)) == 1
