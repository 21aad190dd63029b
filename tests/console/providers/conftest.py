from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.identity.models import Organization
from marketplace.identity.provider_models import IdentityProvider
from marketplace.kernel.actor import Actor
from tests.builders.identity import Mailbox, make_member, make_organization, signed_in
from tests.builders.identity_provider import FakeProvider, a_provider
from tests.builders.web import Browser
from tests.console.providers.going import SIGNED_IN, added, arrive, connect, email_of


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with a_provider() as provider:
        yield provider


@pytest.fixture
def organization(session: Session) -> Organization:
    return make_organization(session)


@pytest.fixture
def owner(session: Session, organization: Organization) -> Actor:
    return signed_in(session, make_member(session, organization, "requester"))


@pytest.fixture
def provider(session: Session, owner: Actor, fake: FakeProvider) -> IdentityProvider:
    return added(session, owner, fake)


@pytest.fixture
def member(session: Session, organization: Organization, fake: FakeProvider) -> Actor:
    """A member whom the provider knows, too."""
    actor = make_member(session, organization, "reviewer")
    fake.who = {"sub": "u-1", "email": email_of(session, actor)}
    return actor


@pytest.fixture
def connected(app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox) -> Browser:
    """A browser in which the member came in through the provider."""
    assert provider.code == "acme"
    browser = Browser(app)
    arrive(browser, fake)
    answer = connect(browser, mail)
    assert (answer.status_code, answer.location) == (SIGNED_IN, "/console")
    return browser
