"""Signing in through an organization's identity provider: begun, answered and ended in one and the same browser.

The provider's word lets in members of its own organization, and there alone: a session that it began acts for no other
organization of the same person. It makes nobody a member (decision 0010), and it names a member only after they have
typed, in that browser, a code from their own mail once.
"""

import datetime as dt
import hmac
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.devices import Visit
from marketplace.identity.errors import PROVIDER_REFUSED
from marketplace.identity.models import Membership, Organization, Person
from marketplace.identity.oidc import Client, Handles, Proven, handles
from marketplace.identity.provider_models import CLIENT_SECRET, IdentityProvider, ProviderIdentity, ProviderSignIn
from marketplace.identity.secrets import digest, new_code, new_secret, shown_code, typed_code
from marketplace.identity.signin import ATTEMPTS_MAX, open_session
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.ports import Mailer, Message
from marketplace.logs import get_logger

LIFE: Final = dt.timedelta(minutes=15)
_UNKNOWN_CODE: Final = "This code is unknown, used already, or past its end. Begin anew for another."
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that is under way, as the provider's answer finds it."""

    provider_id: uuid.UUID
    client: Client
    made: Handles
    following: str


@dataclass(frozen=True, slots=True)
class Entry:
    """How it went: a session's secret, or `waits_for_code` where one was mailed to whom it concerns."""

    following: str
    secret: str | None = None

    @property
    def waits_for_code(self) -> bool:
        """Whether a code from the mail is needed first."""
        return self.secret is None


def redirect_uri(public_url: str, provider: IdentityProvider) -> str:
    """Where the provider sends people back; its own, so that no other provider can answer in its place."""
    return f"{public_url}/console/sign-in/oidc/{public('identity_provider', provider.id)}/back"


def client_of(session: Session, provider: IdentityProvider, public_url: str) -> Client:
    """What the provider knows us by. Raises sealed_unreadable."""
    secret = CLIENT_SECRET.get(session, provider)
    return Client(provider.issuer, provider.client_id, secret, redirect_uri(public_url, provider))


def provider_named(session: Session, code: str) -> IdentityProvider:
    """The provider with that name to sign in by. Raises not_found."""
    found = session.scalar(
        select(IdentityProvider)
        .join(Organization, Organization.id == IdentityProvider.organization_id)
        .where(IdentityProvider.code == code.strip().lower(), Organization.state == "approved")
    )
    if found is None:
        raise NOT_FOUND.error("No organization signs in by this name.", noun="identity_provider")
    return found


def begin(session: Session, provider_id: uuid.UUID, following: str) -> str:
    """Begin in a browser, and return the secret for its cookie."""
    secret = new_secret()
    session.add(
        ProviderSignIn(
            secret_hash=digest(secret),
            provider_id=provider_id,
            following=following,
            expires_at=func.statement_timestamp() + LIFE,
        )
    )
    session.flush()
    return secret


def take_answer(session: Session, secret: str, provider_id: uuid.UUID, state: str, public_url: str) -> Begun:
    """Find what this browser began with that provider, once: the same answer brought again finds nothing.

    The caller commits before it asks the provider. Raises sign_in_provider_refused.
    """
    made = handles(secret)
    # One UPDATE decides between two that bring the same answer at once.
    following = session.execute(
        update(ProviderSignIn)
        .where(
            ProviderSignIn.secret_hash == digest(secret),
            ProviderSignIn.provider_id == provider_id,
            ProviderSignIn.answered_at.is_(None),
            ProviderSignIn.expires_at > func.statement_timestamp(),
        )
        .values(answered_at=func.statement_timestamp())
        .returning(ProviderSignIn.following)
    ).scalar_one_or_none()
    if following is None or not hmac.compare_digest(made.state.encode(), state.encode("utf-8", "surrogatepass")):
        raise _refused("state", "This answer belongs to no sign-in that this browser has begun. Begin anew.")
    provider = session.get_one(IdentityProvider, provider_id)
    return Begun(provider_id, client_of(session, provider, public_url), made, following)


def finish(session: Session, mailer: Mailer, begun: Begun, proven: Proven, secret: str, visit: Visit) -> Entry:
    """Let in whom the provider proved, or mail them a code where they are not connected yet.

    Whether an address belongs to a member is not told: who is none is asked for a code too, and gets none.
    Raises sign_in_provider_refused.
    """
    provider = _standing(session, begun.provider_id)
    if proven.email.rpartition("@")[2] not in provider.email_domains:
        raise _refused("domain", "The provider may not vouch for addresses of this domain.")
    connected = session.scalar(
        select(ProviderIdentity.person_id).where(
            ProviderIdentity.provider_id == provider.id, ProviderIdentity.subject == proven.subject
        )
    )
    if connected is not None:
        return Entry(begun.following, _let_in(session, provider, connected, visit))
    member = session.scalar(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.email == proven.email, Membership.organization_id == provider.organization_id)
        .limit(1)
    )
    if member is None:
        log.info("provider.no_member", provider=public("identity_provider", provider.id))
        return Entry(begun.following)
    code = new_code()
    session.execute(
        update(ProviderSignIn)
        .where(ProviderSignIn.secret_hash == digest(secret))
        .values(subject=proven.subject, person_id=member.id, code_hash=digest(code))
    )
    organization = session.get_one(Organization, provider.organization_id)
    mailer.send(_message(member, organization, code))
    return Entry(begun.following)


def connect(session: Session, secret: str, code: str, visit: Visit) -> Entry:
    """Connect the member with what the provider calls them, by the code from their mail, and let them in.

    Raises sign_in_provider_refused. The caller commits even then: the attempt must count.
    """
    begun_at = select(ProviderSignIn.provider_id).where(ProviderSignIn.secret_hash == digest(secret))
    if (provider_id := session.scalar(begun_at)) is None:
        raise _refused("code", _UNKNOWN_CODE)
    # Before the sign-in's own row, which goes with its provider.
    provider = _standing(session, provider_id)
    # Counted before the code is looked at, under the row's lock: parallel guesses get no extra turns.
    found = session.execute(
        update(ProviderSignIn)
        .where(
            ProviderSignIn.secret_hash == digest(secret),
            ProviderSignIn.answered_at.is_not(None),
            ProviderSignIn.connected_at.is_(None),
            ProviderSignIn.expires_at > func.statement_timestamp(),
            ProviderSignIn.attempts < ATTEMPTS_MAX,
        )
        .values(attempts=ProviderSignIn.attempts + 1)
        .returning(
            ProviderSignIn.subject,
            ProviderSignIn.person_id,
            ProviderSignIn.code_hash,
            ProviderSignIn.following,
        )
    ).one_or_none()
    if found is None or found.person_id is None or not hmac.compare_digest(found.code_hash, digest(typed_code(code))):
        raise _refused("code", _UNKNOWN_CODE)
    session.execute(
        update(ProviderSignIn)
        .where(ProviderSignIn.secret_hash == digest(secret))
        .values(connected_at=func.statement_timestamp())
    )
    # Two browsers of one person may connect at once: the first row stands, and it says the same.
    session.execute(
        insert(ProviderIdentity)
        .values(provider_id=provider.id, subject=found.subject, person_id=found.person_id)
        .on_conflict_do_nothing()
    )
    known = session.get_one(ProviderIdentity, (provider.id, found.subject), populate_existing=True)
    if known.person_id != found.person_id:
        raise _refused("subject", "The provider calls another member so already. Ask whoever manages it.")
    entry = Entry(found.following, _let_in(session, provider, known.person_id, visit))
    actor = actor_of_person(session, known.person_id, provider.organization_id, via="session")
    assert actor is not None
    record(
        session,
        events.PROVIDER_CONNECTED,
        actor,
        subject=("identity_provider", provider.id),
        organizations=[provider.organization_id],
        people=[known.person_id],
        body={"person": public("person", known.person_id)},
    )
    return entry


def _standing(session: Session, provider_id: uuid.UUID) -> IdentityProvider:
    """The provider, which nobody removes before this transaction ends; the session it begins is then ended with it."""
    provider = session.get(
        IdentityProvider, provider_id, with_for_update={"read": True, "key_share": True}, populate_existing=True
    )
    if provider is None:
        raise _refused("removed", "This provider was removed meanwhile.")
    return provider


def _let_in(session: Session, provider: IdentityProvider, person_id: uuid.UUID, visit: Visit) -> str:
    """A new session for the provider's organization, with a new secret, if the person still belongs there."""
    member = select(Membership.person_id).where(
        Membership.person_id == person_id, Membership.organization_id == provider.organization_id
    )
    if session.scalar(member.limit(1)) is None:
        raise _refused("no_member", "You do not belong to this organization any more.")
    row, secret = open_session(session, person_id, "console", provider.organization_id, visit, provider.id)
    log.info(
        "provider.signed_in",
        provider=public("identity_provider", provider.id),
        person=public("person", person_id),
        session=str(row.id),
    )
    return secret


def _message(member: Person, organization: Organization, code: str) -> Message:
    minutes = LIFE // dt.timedelta(minutes=1)
    text = (
        f"Hello {member.name},\n\nsomebody, probably you, signed in to Piecework through the identity provider of "
        f"{organization.name} with your address, for the first time.\n\n"
        f"If it was you, type this code where you are signing in. It works once, for {minutes} minutes, and connects "
        f"what you are called there with your account:\n{shown_code(code)}\n\n"
        "If it was not you, ignore this mail and tell whoever manages your organization; nobody gets in without it."
    )
    return Message(member.email, "Connecting your sign-in to Piecework", text)


def _refused(why: str, words: str) -> DomainError:
    log.info("provider.refused", why=why)
    return PROVIDER_REFUSED.error(words)
