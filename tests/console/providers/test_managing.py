"""Adding, changing and removing an organization's identity providers."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.models import Organization
from marketplace.identity.provider_models import CLIENT_SECRET, IdentityProvider
from marketplace.identity.providers import Draft, add_provider
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.identity import make_member, signed_in
from tests.builders.identity_provider import FakeProvider
from tests.builders.web import Browser
from tests.console.providers.going import SIGNED_IN, added


def test_the_secret_lies_sealed_and_is_on_no_page(
    session: Session, app: Flask, provider: IdentityProvider, owner: Actor, fake: FakeProvider
) -> None:
    assert fake.client_secret.encode() not in provider.client_secret_sealed
    assert CLIENT_SECRET.get(session, provider) == fake.client_secret
    page = Browser(app).sign_in(session, owner, "console").get("/console/identity-providers")
    assert page.status_code == 200
    assert fake.client_secret not in page.text
    assert fake.issuer in page.text


def test_an_owner_adds_changes_and_removes_one_at_the_page(
    session: Session, app: Flask, owner: Actor, fake: FakeProvider
) -> None:
    browser = Browser(app).sign_in(session, owner, "console")
    browser.get("/console/identity-providers")
    form = {
        "issuer": fake.issuer,
        "code": "acme",
        "client_id": "c",
        "client_secret": "s",
        "email_domains": "a.com b.com",
    }
    fake.status = 404
    assert browser.post("/console/identity-providers", form).status_code == 422
    fake.status = 200
    assert browser.post("/console/identity-providers", form).status_code == SIGNED_IN
    again = browser.post("/console/identity-providers", {**form, "code": "other"})
    assert (again.status_code, "there already" in again.text) == (422, True)
    provider = session.scalars(select(IdentityProvider)).one()
    assert provider.email_domains == ["a.com", "b.com"]
    path = f"/console/identity-providers/{public('identity_provider', provider.id)}"
    changed = {"version": "1", "code": "acme-two", "client_id": "c", "client_secret": "", "email_domains": "a.com"}
    assert browser.post(path, changed).status_code == SIGNED_IN
    assert browser.post(path, changed).status_code == 422  # at version 2 by now
    session.refresh(provider)
    assert (provider.code, provider.version, CLIENT_SECRET.get(session, provider)) == ("acme-two", 2, "s")
    assert browser.post(f"{path}/remove").status_code == SIGNED_IN
    assert session.scalars(select(IdentityProvider)).all() == []


def test_a_key_or_a_session_of_yesterday_changes_nothing(session: Session, owner: Actor, fake: FakeProvider) -> None:
    stale = signed_in(session, owner, minutes_ago=16)
    for actor in (stale, make_member(session, session.get_one(Organization, owner.organization), "requester")):
        with pytest.raises(DomainError) as refused:
            added(session, actor, fake)
        assert refused.value.slug == "step_up_required"


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.com",
        "https://10.0.0.1",
        "https://localhost",
        "http://127.0.0.1:1",
        "https://a.com?x=1",
        "nothing",
    ],
)
def test_an_issuer_is_a_public_address_by_https(session: Session, owner: Actor, issuer: str) -> None:
    draft = Draft("acme", "c", "s", ["example.test"])
    with pytest.raises(DomainError) as refused:
        add_provider(session, owner, issuer, draft, local=False)
    assert refused.value.slug == "invalid"


@pytest.mark.parametrize(
    "draft",
    [
        Draft("a", "c", "s", ["a.com"]),
        Draft("acme", "", "s", ["a.com"]),
        Draft("acme", "c", "", ["a.com"]),
        Draft("acme", "c", "s", []),
        Draft("acme", "c", "s", ["com"]),
    ],
)
def test_a_draft_that_lacks_something_is_refused(session: Session, owner: Actor, draft: Draft) -> None:
    with pytest.raises(DomainError) as refused:
        add_provider(session, owner, "https://login.example.com", draft, local=False)
    assert refused.value.slug == "invalid"
