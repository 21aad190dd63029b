import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import console
from marketplace.identity import inviting
from marketplace.identity.models import Invitation, Membership, Person
from tests.builders.identity import Mailbox, make_member, make_organization, make_staff
from tests.builders.web import PUBLIC_URL, Browser, make_app


@pytest.fixture
def app(session: Session) -> Flask:
    return make_app(session, console.register)


@pytest.fixture
def link(session: Session) -> str:
    """The address of an invitation to Riverbend, sent to a stranger."""
    return invited(session, "lee@example.test")


def invited(session: Session, email: str) -> str:
    mail = Mailbox()
    manager = make_member(session, make_organization(session, "subcontractor", name="Riverbend"), "manager")
    inviting.invite(
        session,
        manager,
        mail,
        manager.organization,
        name="Lee",
        email=email,
        role="reviewer",
        public_url=PUBLIC_URL,
    )
    return mail.last.text.split(PUBLIC_URL)[1].split()[0]


def reviewers(session: Session) -> int:
    return session.scalar(select(func.count()).where(Membership.role == "reviewer")) or 0


def test_the_link_says_who_invites_to_what_and_looking_changes_nothing(app: Flask, session: Session, link: str) -> None:
    browser = Browser(app)
    for _ in range(2):
        page = browser.get(link)
        assert page.status_code == 200
        for text in ("Riverbend", "Reviewer", "lee@example.test", "Accept", "Decline"):
            assert text in page.text
    assert browser.post(link, {"name": "Lee"}).status_code == 200  # neither button
    assert reviewers(session) == 0
    assert session.scalars(select(Invitation.state)).all() == ["pending"]


def test_who_accepts_is_a_member_and_the_link_is_used_up(app: Flask, session: Session, link: str) -> None:
    browser = Browser(app)
    browser.get(link)
    assert browser.post(link, {"decision": "accept", "name": " "}).status_code == 422
    assert "Welcome to Riverbend" in browser.post(link, {"decision": "accept", "name": "Lee Njeri"}).text
    assert reviewers(session) == 1
    assert session.scalars(select(Person.name).where(Person.email == "lee@example.test")).all() == ["Lee Njeri"]
    again = browser.get(link)
    assert again.status_code == 422
    assert "lee@example.test" not in again.text


def test_who_declines_is_nobody_here(app: Flask, session: Session, link: str) -> None:
    browser = Browser(app)
    browser.get(link)
    assert "Declined" in browser.post(link, {"decision": "decline"}).text
    assert reviewers(session) == 0
    assert browser.post(link, {"decision": "accept", "name": "Lee"}).status_code == 422
    assert session.scalars(select(Person.id).where(Person.email == "lee@example.test")).all() == []


def test_a_forged_or_foreign_answer_is_refused(app: Flask, session: Session, link: str) -> None:
    forged = app.test_client().post(link, data={"decision": "accept", "name": "Lee"})
    assert forged.status_code == 400
    browser = Browser(app)
    browser.get(link)
    assert browser.post(f"{link}x", {"decision": "accept", "name": "Lee"}).status_code == 422
    assert reviewers(session) == 0


def test_staff_read_on_the_page_why_they_cannot_accept(app: Flask, session: Session) -> None:
    approver = make_staff(session, "finance")
    link = invited(session, session.get_one(Person, approver.person).email)
    browser = Browser(app)
    assert "Your name" not in browser.get(link).text
    refused = browser.post(link, {"decision": "accept"})
    assert refused.status_code == 422
    assert "works for the platform" in refused.text
    assert reviewers(session) == 0
