"""Signing in through an organization's identity provider, against one that speaks real HTTP."""

import dataclasses
import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace import console
from marketplace.audit.models import AuditEvent
from marketplace.identity import devices, passkeys
from marketplace.identity.ceremonies import Site
from marketplace.identity.models import Membership, Organization, Person, WebSession
from marketplace.identity.provider_models import CLIENT_SECRET, IdentityProvider, ProviderIdentity, ProviderSignIn
from marketplace.identity.providers import Draft, add_provider, remove_provider
from marketplace.identity.stepping_up import signed_in_recently
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.identity import Mailbox, make_member, make_organization, signed_in
from tests.builders.identity_provider import FakeProvider, a_provider
from tests.builders.web import Browser, make_app

SIGNED_IN = 303
NAMED = "/console/sign-in/oidc?name=acme"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


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


@pytest.fixture
def connected(app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox) -> Browser:
    """A browser in which the member came in through the provider."""
    assert provider.code == "acme"
    browser = Browser(app)
    arrive(browser, fake)
    answer = connect(browser, mail)
    assert (answer.status_code, answer.location) == (SIGNED_IN, "/console")
    return browser


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


def test_a_rotated_key_is_taken_as_soon_as_it_is_published(app: Flask, connected: Browser, fake: FakeProvider) -> None:
    fake.key = fake.keys[1]
    assert arrive(Browser(app), fake).status_code == 422
    fake.published = list(fake.keys)
    assert arrive(Browser(app), fake).status_code == SIGNED_IN


@pytest.mark.parametrize(
    "alter",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["piecework", "somebody-else"], "azp": "somebody-else"},
        {"iss": "https://evil.example.com"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "not an address"},
        {"email": "somebody@elsewhere.test"},
    ],
    ids=str,
)
def test_a_token_that_does_not_prove_it_lets_nobody_in(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider, alter: dict[str, Any]
) -> None:
    before = len(session.scalars(select(WebSession.id)).all())
    fake.alter = alter
    answer = arrive(Browser(app), fake)
    assert (answer.status_code, "did not work" in answer.text) == (422, True)
    assert len(session.scalars(select(WebSession.id)).all()) == before


def _unsigned(fake: FakeProvider) -> None:
    fake.unsigned = True


def _by_another_key(fake: FakeProvider) -> None:
    fake.key = RSAKey.generate_key(2048, {"kid": "one"})


def _by_the_public_key_as_a_secret(fake: FakeProvider) -> None:
    public_key = fake.keys[0].as_pem(private=False)
    fake.key = OctKey.import_key(public_key, {"kid": "one"})  # type: ignore[assignment]
    fake.header = {"alg": "HS256"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("forge", [_unsigned, _by_another_key, _by_the_public_key_as_a_secret])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    app: Flask, connected: Browser, fake: FakeProvider, forge: Callable[[FakeProvider], None]
) -> None:
    forge(fake)
    assert arrive(Browser(app), fake).status_code == 422


def test_an_answer_is_good_once_and_in_the_browser_that_began(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    first, other = Browser(app), Browser(app)
    back = fake.authorize(sent_to(first))
    # Somebody else's answer in this browser, and in one that has begun nothing.
    sent_to(other)
    assert other.get(back).status_code == 422
    assert Browser(app).get(back).status_code == 422
    assert first.get(back).status_code == SIGNED_IN
    first.client.set_cookie("piecework_provider", "x" * 43, path="/console/sign-in/oidc")
    assert first.get(back).status_code == 422


def test_the_same_answer_brought_again_by_the_same_browser_is_refused_before_the_provider_is_asked(
    app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    browser = Browser(app)
    back, cookie = (
        fake.authorize(sent_to(browser)),
        browser.client.get_cookie("piecework_provider", path="/console/sign-in/oidc"),
    )
    assert cookie
    assert browser.get(back).status_code == SIGNED_IN
    browser.client.set_cookie("piecework_provider", cookie.value, path="/console/sign-in/oidc")
    asked = len(fake.asked)
    assert browser.get(back).status_code == 422
    assert len(fake.asked) == asked


def test_a_provider_that_gives_out_a_code_twice_is_still_believed_once(
    app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    first, second = Browser(app), Browser(app)
    stolen, own = fake.authorize(sent_to(first)), fake.authorize(sent_to(second))
    code = re.search(r"code=([^&]+)", stolen)
    assert code
    injected = re.sub(r"code=[^&]+", f"code={code[1]}", own)
    # The verifier of the browser that brings it does not fit the code that another began.
    assert second.get(injected).status_code == 422


def test_the_session_is_a_new_one_whatever_cookie_was_there_before(
    session: Session, app: Flask, connected: Browser, fake: FakeProvider
) -> None:
    browser = Browser(app)
    browser.client.set_cookie("piecework_console", "planted-by-somebody", path="/console")
    assert arrive(browser, fake).status_code == SIGNED_IN
    cookie = browser.client.get_cookie("piecework_console", path="/console")
    assert cookie
    assert cookie.value != "planted-by-somebody"


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
            _provider_id(session, "evil"), _provider_id(session, "acme")
        )
        assert browser.get(mixed).status_code == 422


def _provider_id(session: Session, code: str) -> str:
    found = session.scalars(select(IdentityProvider.id).where(IdentityProvider.code == code)).one()
    return public("identity_provider", found)


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


def test_a_provider_that_does_not_answer_or_calls_itself_otherwise_is_said_so(
    app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider
) -> None:
    fake.status = 500
    answer = started(Browser(app))
    assert (answer.status_code, "does not answer" in answer.text) == (422, True)
    fake.status, fake.discovery = 200, {"issuer": "https://other.example.com"}
    assert "another issuer" in started(Browser(app)).text
    fake.discovery = {"token_endpoint": "http://10.0.0.1/token"}
    assert "not asked" in started(Browser(app)).text


def test_addresses_of_this_machine_are_asked_in_local_mode_only(
    session: Session, mail: Mailbox, provider: IdentityProvider, member: Actor, fake: FakeProvider
) -> None:
    outside = {"DEVELOPMENT": "0", "PUBLIC_URL": "https://market.test", "MAIL_URL": "smtp://mail.test"}
    browser = Browser(make_app(session, console.register, mailer=mail, environ=outside))
    page = browser.get("/console/sign-in/oidc?name=acme", base_url="https://market.test")
    start = re.search(r'href="(/console/sign-in/oidc/[^"]+/start[^"]+)"', page.text)
    assert start
    answer = browser.get(html.unescape(start[1]), base_url="https://market.test")
    assert (answer.status_code, "not asked" in answer.text) == (422, True)
    assert fake.asked == []


def test_begun_sign_ins_are_limited(app: Flask, provider: IdentityProvider, fake: FakeProvider) -> None:
    browser = Browser(app)
    answers = [browser.get("/console/sign-in/oidc?name=acme").status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (200, 422)


def test_the_page_says_where_one_goes_before_one_goes(
    app: Flask, provider: IdentityProvider, fake: FakeProvider
) -> None:
    page = Browser(app).get("/console/sign-in/oidc?name=ACME")
    assert fake.issuer in page.text
    assert Browser(app).get("/console/sign-in/oidc?name=nobody").status_code == 422


def _id_of(session: Session) -> Any:
    return session.scalars(select(IdentityProvider.id)).one()


def test_who_came_in_through_a_removed_provider_is_signed_out(
    session: Session, connected: Browser, owner: Actor
) -> None:
    remove_provider(session, owner, _id_of(session))
    assert connected.get("/console").status_code == 303
    assert session.scalars(select(ProviderIdentity)).all() == []
    assert session.scalars(select(ProviderSignIn)).all() == []


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


def test_a_link_from_elsewhere_begins_nothing_in_a_browser(
    session: Session, app: Flask, provider: IdentityProvider, fake: FakeProvider
) -> None:
    """A provider that lets everybody in would else sign a browser in as somebody who is not before it."""
    link = html.unescape(re.findall(r'href="([^"]+/start[^"]+)"', Browser(app).get(NAMED).text)[0])
    victim = Browser(app)
    victim.get("/console/sign-in")
    for address in (link, "/console/sign-in/oidc/acme/start", "/console/sign-in/oidc/acme/start?go=%E9"):
        answer = victim.get(address)
        assert (answer.status_code, answer.location) == (303, NAMED)
    assert session.scalars(select(ProviderSignIn)).all() == []
    assert fake.asked == []


def test_a_sign_in_through_a_provider_changes_nothing_that_is_the_persons_own(
    session: Session, connected: Browser, member: Actor
) -> None:
    """Whoever owns the organization may run the provider: a passkey added so would open every other door."""
    row = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).one()
    through = dataclasses.replace(member, session_id=row.id)
    assert not signed_in_recently(session, through)
    site = Site("http://localhost", "localhost")
    elsewhere = signed_in(session, member)
    assert elsewhere.session_id
    for act, slug in (
        (lambda: passkeys.ask_to_add(session, through, site, "console", "b"), "step_up_required"),
        (lambda: devices.own_sessions(session, through), "sign_in_provider_session"),
        (lambda: devices.end_session(session, through, elsewhere.session_id), "sign_in_provider_session"),
        (lambda: devices.end_other_sessions(session, through), "sign_in_provider_session"),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.slug == slug
    assert connected.get("/console/access").status_code == 403
    assert signed_in_recently(session, elsewhere)


def test_the_session_before_ends_and_a_mailed_sign_in_takes_the_place_of_the_providers(
    session: Session, app: Flask, connected: Browser, member: Actor, fake: FakeProvider
) -> None:
    arrive(connected, fake)
    rows = session.scalars(select(WebSession).where(WebSession.person_id == member.person)).all()
    assert sorted(row.revoked_at is None for row in rows) == [False, True]


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


@pytest.mark.parametrize(
    "said",
    [
        {"authorization_endpoint": "https://["},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://login.example.com/?a=\r\nSet-Cookie: a=b"},
        {"authorization_endpoint": "https://login.example.com/#/authorize"},
        {"jwks_uri": "https://169.254.169.254/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": ["https://login.example.com"]},
        {"token_endpoint": "http://127.0.0.1@10.0.0.1/"},
        {"token_endpoint": "http://127.0.0.1.example.com/"},
    ],
    ids=str,
)
def test_a_provider_leads_nowhere_but_to_public_addresses(
    session: Session, app: Flask, provider: IdentityProvider, fake: FakeProvider, said: dict[str, Any]
) -> None:
    fake.discovery = said
    assert started(Browser(app)).status_code == 422
    assert session.scalars(select(ProviderSignIn)).all() == []


def test_of_one_address_so_many_answers_are_taken_and_no_more(
    app: Flask, provider: IdentityProvider, member: Actor, fake: FakeProvider, mail: Mailbox
) -> None:
    """A provider that says a member's address again and again fills their mailbox that far only."""
    browser = Browser(app)
    sent = len(mail.messages)
    for _ in range(25):
        arrive(browser, fake)
    assert len(mail.messages) - sent == 20
