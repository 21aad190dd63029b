"""Going to a provider and coming back, as a browser does."""

import html
import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.identity.models import Person
from marketplace.identity.provider_models import IdentityProvider
from marketplace.identity.providers import Draft, add_provider
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from tests.builders.identity import Mailbox
from tests.builders.identity_provider import FakeProvider
from tests.builders.web import Browser

SIGNED_IN = 303
NAMED = "/console/sign-in/oidc?name=acme"
CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", re.MULTILINE)


def added(session: Session, owner: Actor, fake: FakeProvider, code: str = "acme") -> IdentityProvider:
    draft = Draft(code, fake.client_id, fake.client_secret, ["example.test"])
    return add_provider(session, owner, fake.issuer, draft, local=True)


def email_of(session: Session, actor: Actor) -> str:
    return session.scalars(select(Person.email).where(Person.id == actor.person)).one()


def arrive(browser: Browser, fake: FakeProvider, code: str = "acme") -> TestResponse:
    """Go to the provider and come back, as a browser does."""
    return browser.get(fake.authorize(sent_to(browser, code)))


def started(browser: Browser, code: str = "acme") -> TestResponse:
    """Ask by the name, and go on from the page that names the provider."""
    page = browser.get(f"/console/sign-in/oidc?name={code}")
    found = re.search(r'href="(/console/sign-in/oidc/[^"]+/start[^"]+)"', page.text)
    assert found, page.text
    return browser.get(html.unescape(found[1]))


def sent_to(browser: Browser, code: str = "acme") -> str:
    """Where the browser is sent."""
    answer = started(browser, code)
    assert answer.status_code == SIGNED_IN, answer.text
    assert answer.location is not None
    return answer.location


def connect(browser: Browser, mail: Mailbox) -> TestResponse:
    found = CODE.search(mail.last.text)
    assert found
    return browser.post("/console/sign-in/oidc/code", {"code": found[0]})


def provider_id(session: Session, code: str) -> str:
    found = session.scalars(select(IdentityProvider.id).where(IdentityProvider.code == code)).one()
    return public("identity_provider", found)


def id_of(session: Session) -> Any:
    return session.scalars(select(IdentityProvider.id)).one()
