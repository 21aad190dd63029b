"""Signing in through an organization's identity provider: the first time, again, and whom it lets in."""

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import Membership, Organization, WebSession
from marketplace.identity.provider_models import IdentityProvider, ProviderIdentity
from marketplace.kernel.actor import Actor
from tests.builders.identity import Mailbox, make_member
from tests.builders.identity_provider import FakeProvider
from tests.builders.web import Browser
from tests.console.providers.going import CODE, SIGNED_IN, arrive, connect, email_of


def test_the_first_time_a_code_from_the_members_own_mail_connects_them(
    session: Session, app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    browser = Browser(app)
    page = arrive(browser, fake)
    assert (page.status_code, "Check your mail" in page.text) == (200, True)
    assert mail.last.to == email_of(session, member)
    assert (
        session.scalars(
            select(WebSession.id).where(WebSession.face == "console", WebSession.person_id == member.person)
        ).all()
        == []
    )
    assert connect(browser, mail).status_code == SIGNED_IN
    row = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).one()
    assert (row.organization_id, row.identity_provider_id) == (provider.organization_id, provider.id)
    assert "identity_provider.connected" in session.scalars(select(AuditEvent.kind)).all()
    assert browser.get("/console").status_code == 200


def test_the_second_time_the_providers_word_is_enough(app: Flask, connected: Browser, fake: FakeProvider) -> None:
    browser = Browser(app)
    answer = arrive(browser, fake)
    assert (answer.status_code, answer.location) == (SIGNED_IN, "/console")
    assert browser.get("/console").status_code == 200


def test_nobody_becomes_a_member_and_who_is_none_any_more_is_not_let_in(
    session: Session, app: Flask, connected: Browser, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    session.execute(delete(Membership).where(Membership.person_id == member.person))
    assert arrive(Browser(app), fake).status_code == 422
    fake.who = {"sub": "u-2", "email": "stranger@example.test"}
    sent = len(mail.messages)
    page = arrive(Browser(app), fake)
    assert (page.status_code, len(mail.messages)) == (200, sent)
    assert session.scalars(select(Membership).where(Membership.person_id == member.person)).all() == []


def test_codes_can_be_tried_five_times(
    session: Session, app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    browser = Browser(app)
    arrive(browser, fake)
    for _ in range(5):
        assert browser.post("/console/sign-in/oidc/code", {"code": "2222-2222"}).status_code == 422
    assert connect(browser, mail).status_code == 422
    assert session.scalars(select(ProviderIdentity)).all() == []


def test_a_code_is_of_use_in_the_browser_that_came_from_the_provider_only(
    app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    arrive(Browser(app), fake)
    stranger = Browser(app)
    stranger.get("/console/sign-in")
    assert connect(stranger, mail).status_code == 422


def test_one_name_at_the_provider_is_one_member(
    session: Session, app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    other = make_member(session, session.get_one(Organization, provider.organization_id), "reviewer")
    first, second = Browser(app), Browser(app)
    arrive(first, fake)
    of_first = CODE.search(mail.last.text)
    fake.who = {"sub": "u-1", "email": email_of(session, other)}
    arrive(second, fake)
    of_second = CODE.search(mail.last.text)
    assert of_first
    assert of_second
    assert first.post("/console/sign-in/oidc/code", {"code": of_first[0]}).status_code == SIGNED_IN
    assert second.post("/console/sign-in/oidc/code", {"code": of_second[0]}).status_code == 422
    assert session.scalars(select(ProviderIdentity.person_id)).all() == [member.person]


def test_begun_sign_ins_are_limited(app: Flask, provider: IdentityProvider, fake: FakeProvider) -> None:
    browser = Browser(app)
    answers = [browser.get("/console/sign-in/oidc?name=acme").status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (200, 422)


def test_of_one_address_so_many_answers_are_taken_and_no_more(
    app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    """A provider that says a member's address again and again fills their mailbox that far only."""
    browser = Browser(app)
    sent = len(mail.messages)
    for _ in range(25):
        arrive(browser, fake)
    assert len(mail.messages) - sent == 20


def test_the_page_says_where_one_goes_before_one_goes(
    app: Flask, provider: IdentityProvider, fake: FakeProvider
) -> None:
    page = Browser(app).get("/console/sign-in/oidc?name=ACME")
    assert fake.issuer in page.text
    assert Browser(app).get("/console/sign-in/oidc?name=nobody").status_code == 422
