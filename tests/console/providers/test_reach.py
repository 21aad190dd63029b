"""How far a provider's word reaches: its own organization, and nothing that is the person's."""

import dataclasses
import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.identity import devices, passkeys
from marketplace.identity.ceremonies import Site
from marketplace.identity.directory import remove_member
from marketplace.identity.forgetting import forget_sign_ins
from marketplace.identity.keys import issue_key
from marketplace.identity.models import Membership, Person, WebSession
from marketplace.identity.provider_models import ProviderIdentity, ProviderSignIn
from marketplace.identity.providers import remove_provider
from marketplace.identity.rotating import rotate_key
from marketplace.identity.stepping_up import signed_in_recently
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.identity import Mailbox, make_member, make_organization, make_staff, signed_in
from tests.builders.identity_provider import FakeProvider, a_provider
from tests.builders.web import Browser
from tests.console.providers.going import (
    SIGNED_IN,
    added,
    arrive,
    email_of,
    id_of,
    provider_id,
    sent_to,
)


def test_the_session_is_a_new_one_whatever_cookie_was_there_before(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    browser = Browser(app)
    browser.client.set_cookie("piecework_console", "planted-by-somebody", path="/console")
    assert arrive(browser, fake).status_code == SIGNED_IN
    cookie = browser.client.get_cookie("piecework_console", path="/console")
    assert cookie
    assert cookie.value != "planted-by-somebody"


def test_a_sign_in_ends_the_session_that_the_browser_had(
    session: Session, app: Flask, connected: Browser, member: Actor, fake: FakeProvider
) -> None:
    arrive(connected, fake)
    rows = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).all()
    assert sorted(row.revoked_at is None for row in rows) == [False, True]


def test_another_organizations_issuer_opens_nothing_of_a_member_elsewhere(
    session: Session, app: Flask, connected: Browser, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    """Its owner may run it and have it say any address at all."""
    foreign = make_organization(session)
    with a_provider() as evil:
        added(session, signed_in(session, make_member(session, foreign, "requester")), evil, "evil")
        evil.who = {"sub": "u-1", "email": email_of(session, member)}
        sent = len(mail.messages)
        browser = Browser(app)
        page = arrive(browser, evil, "evil")
        assert (page.status_code, len(mail.messages)) == (200, sent)
        assert browser.post("/console/sign-in/oidc/code", {"code": "2222-2222"}).status_code == 422
        assert browser.get("/console").status_code != 200
        # The answer of one provider at the other's address.
        mixed = evil.authorize(sent_to(browser, "evil")).replace(
            provider_id(session, "evil"), provider_id(session, "acme")
        )
        assert browser.get(mixed).status_code == 422


def test_who_is_in_two_organizations_comes_in_to_that_of_the_provider_and_cannot_go_on_to_the_other(
    session: Session, app: Flask, connected: Browser, member: Actor
) -> None:
    other = make_organization(session)
    make_member(session, other, "requester", person=session.get_one(Person, member.person))
    page = connected.get("/console")
    assert other.name not in page.text
    answer = connected.post("/console/organization", {"organization": public("organization", other.id)})
    assert answer.status_code == 403
    row = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).one()
    assert row.organization_id == member.organization


def test_a_sign_in_through_a_provider_changes_nothing_that_is_the_persons_own(
    session: Session, connected: Browser, member: Actor
) -> None:
    """Whoever owns the organization may run the provider: a passkey added so would open every other door."""
    row = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).one()
    through = dataclasses.replace(member, session_id=row.id, through_provider=True)
    assert not signed_in_recently(session, through)
    site = Site("http://localhost", "localhost")
    elsewhere = signed_in(session, member)
    assert elsewhere.session_id
    key, _secret = issue_key(session, elsewhere, organization_id=member.organization)
    for act, slug in (
        (lambda: passkeys.ask_to_add(session, through, site, "console", "b"), "step_up_required"),
        (lambda: devices.own_sessions(session, through), "sign_in_provider_session"),
        (lambda: devices.end_session(session, through, elsewhere.session_id), "sign_in_provider_session"),
        (lambda: devices.end_other_sessions(session, through), "sign_in_provider_session"),
        (lambda: issue_key(session, through, organization_id=member.organization), "sign_in_provider_session"),
        (lambda: rotate_key(session, through, key.id, overlap=dt.timedelta(0)), "sign_in_provider_session"),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.slug == slug
    assert connected.get("/console/access").status_code == 403
    assert "/console/access" not in connected.get("/console").text
    assert signed_in_recently(session, elsewhere)


def test_who_came_in_through_a_removed_provider_is_signed_out(
    session: Session, connected: Browser, owner: Actor
) -> None:
    remove_provider(session, owner, id_of(session))
    assert connected.get("/console").status_code == 303
    assert session.scalars(select(ProviderIdentity)).all() == []
    assert session.scalars(select(ProviderSignIn)).all() == []


def test_the_platforms_own_people_come_in_through_no_provider(session: Session, fake: FakeProvider) -> None:
    """Whoever named one could be two people of finance."""
    operations = signed_in(session, make_staff(session, "operations"))
    with pytest.raises(DomainError, match="forbidden"):
        added(session, operations, fake, "platform")
    acting = dataclasses.replace(operations, permissions=operations.permissions | {"sign_in.manage"})
    with pytest.raises(DomainError, match="mail or passkey"):
        added(session, acting, fake, "platform")


def test_who_left_the_organization_is_connected_no_more(
    session: Session, connected: Browser, member: Actor, owner: Actor
) -> None:
    roles = select(Membership.role).where(Membership.person_id == member.person)
    for role in session.scalars(roles.where(Membership.organization_id == member.organization)).all():
        remove_member(session, owner, member.person, member.organization, role)
    assert session.scalars(select(ProviderIdentity)).all() == []


def test_what_nobody_ended_of_a_sign_in_is_swept(session: Session, connected: Browser) -> None:
    assert session.scalars(select(ProviderSignIn)).all()
    session.execute(text("UPDATE provider_sign_in SET expires_at = expires_at - interval '1 day'"))
    assert forget_sign_ins(session)
    assert session.scalars(select(ProviderSignIn)).all() == []
