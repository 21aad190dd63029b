"""An organization's identity providers: adding, changing and removing one.

All of it needs a sign-in of a moment ago: who could change with a stolen key by whose word people are let in would be
let in as anybody of the organization.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.identity import events
from marketplace.identity.errors import PROVIDER_KNOWN
from marketplace.identity.models import Organization, WebSession
from marketplace.identity.oidc import issuer_problem
from marketplace.identity.provider_models import CLIENT_SECRET, IdentityProvider
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FORBIDDEN, INVALID, NOT_FOUND, STALE, STATE_CONFLICT, DomainError, FieldError
from marketplace.kernel.ids import new_id

PROVIDERS_MAX: Final = 5
DOMAINS_MAX: Final = 20
TEXT_LENGTH_MAX: Final = 500
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said of a provider; an empty secret leaves the one that is kept."""

    code: str
    client_id: str
    client_secret: str
    email_domains: Sequence[str]


def providers_of(session: Session, actor: Actor) -> list[IdentityProvider]:
    """The providers of the actor's organization, oldest first. Raises forbidden."""
    actor.require("sign_in.manage")
    own = select(IdentityProvider).where(IdentityProvider.organization_id == actor.organization)
    return list(session.scalars(own.order_by(IdentityProvider.created_at, IdentityProvider.id)))


def read_issuer(issuer: str, *, local: bool) -> str:
    """The issuer, an address that may be asked: public, by https. Raises invalid."""
    text = issuer.strip()
    problem = issuer_problem(text, local=local)
    if problem is not None:
        raise _invalid("/issuer", "issuer_invalid", problem)
    return text


def add_provider(session: Session, actor: Actor, issuer: str, draft: Draft, *, local: bool) -> IdentityProvider:
    """Take that issuer's word from now on; nobody is connected with it yet.

    Raises forbidden, step_up_required, invalid, sign_in_provider_known, state_conflict.
    """
    _may(session, actor)
    organization = _lock(session, actor)
    wanted, read = read_issuer(issuer, local=local), _read(draft)
    if not read.client_secret:
        raise _invalid("/client_secret", "client_secret_missing", "The provider gave you a secret; it is needed.")
    kept = select(func.count()).where(IdentityProvider.organization_id == organization.id)
    if (session.scalar(kept) or 0) >= PROVIDERS_MAX:
        raise STATE_CONFLICT.error(f"An organization has {PROVIDERS_MAX} identity providers at most.")
    provider = IdentityProvider(id=new_id())
    CLIENT_SECRET.put(session, provider, read.client_secret)
    # Another organization may be taking the same name: the unique index decides, without an error in the transaction.
    added = session.scalar(
        insert(IdentityProvider)
        .values(
            id=provider.id,
            organization_id=organization.id,
            code=read.code,
            issuer=wanted,
            client_id=read.client_id,
            client_secret_sealed=provider.client_secret_sealed,
            email_domains=list(read.email_domains),
            added_by_person_id=actor.person,
        )
        .on_conflict_do_nothing()
        .returning(IdentityProvider.id)
    )
    if added is None:
        raise _known()
    _record(session, actor, events.PROVIDER_ADDED, provider.id, {"issuer_commitment": said(wanted)})
    return session.get_one(IdentityProvider, added)


def change_provider(
    session: Session, actor: Actor, provider_id: uuid.UUID, version: int, draft: Draft
) -> IdentityProvider:
    """Change what is kept of a provider, all but its issuer: who is connected stays so.

    Raises forbidden, step_up_required, not_found, stale, invalid, sign_in_provider_known.
    """
    _may(session, actor)
    provider = _own(session, actor, provider_id)
    if provider.version != version:
        raise STALE.error("Somebody changed it meanwhile; look again.", version=provider.version)
    read = _read(draft)
    taken = select(IdentityProvider.id).where(IdentityProvider.code == read.code, IdentityProvider.id != provider_id)
    if session.scalar(taken) is not None:
        raise _known()
    new = {"code": read.code, "client_id": read.client_id, "email_domains": list(read.email_domains)}
    changed = [name for name, value in new.items() if getattr(provider, name) != value]
    if read.client_secret:
        changed.append("client_secret")
    if changed:
        try:
            # Another organization may be taking the same name since it was looked for: the unique index decides.
            with session.begin_nested():
                for name, value in new.items():
                    setattr(provider, name, value)
                if read.client_secret:
                    CLIENT_SECRET.put(session, provider, read.client_secret)
                provider.version += 1
        except IntegrityError:
            raise _known() from None
        body = {"changed": sorted(changed), "version": provider.version}
        _record(session, actor, events.PROVIDER_CHANGED, provider_id, body)
    return provider


def remove_provider(session: Session, actor: Actor, provider_id: uuid.UUID) -> None:
    """Take its word no more: who is connected is forgotten, and whoever came in through it is signed out.

    Raises forbidden, step_up_required, not_found.
    """
    _may(session, actor)
    provider = _own(session, actor, provider_id)
    session.execute(delete(IdentityProvider).where(IdentityProvider.id == provider.id))
    session.execute(
        update(WebSession)
        .where(WebSession.identity_provider_id == provider_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=func.statement_timestamp())
    )
    _record(session, actor, events.PROVIDER_REMOVED, provider_id, {})


def _may(session: Session, actor: Actor) -> None:
    actor.require("sign_in.manage")
    if actor.organization_kind == "platform":
        # Whoever named a provider could be two people of finance, one after the other.
        raise FORBIDDEN.error("The platform's own people sign in by mail or passkey.")
    require_recent_sign_in(session, actor)


def _lock(session: Session, actor: Actor) -> Organization:
    """The actor's organization, so that two who add a provider do it one after the other."""
    own = select(Organization).where(Organization.id == actor.organization).with_for_update(key_share=True)
    return session.scalars(own.execution_options(populate_existing=True)).one()


def _own(session: Session, actor: Actor, provider_id: uuid.UUID) -> IdentityProvider:
    wanted = select(IdentityProvider).where(
        IdentityProvider.id == provider_id, IdentityProvider.organization_id == actor.organization
    )
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(locked).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no identity provider with this id.", noun="identity_provider")
    return found


def _read(draft: Draft) -> Draft:
    code, client_id = draft.code.strip().lower(), draft.client_id.strip()
    if not _CODE.fullmatch(code):
        raise _invalid("/code", "code_invalid", "A name to sign in by has 3 to 40 letters, digits and dashes.")
    if not client_id or len(client_id) > TEXT_LENGTH_MAX or not client_id.isprintable():
        raise _invalid("/client_id", "client_id_invalid", "The provider gave you a client id; it is needed.")
    if len(draft.client_secret) > TEXT_LENGTH_MAX or not draft.client_secret.isprintable():
        raise _invalid("/client_secret", "client_secret_invalid", "This is no secret of a provider.")
    domains = list(dict.fromkeys(domain.strip().lower() for domain in draft.email_domains if domain.strip()))
    if not 0 < len(domains) <= DOMAINS_MAX or not all(_DOMAIN.fullmatch(domain) for domain in domains):
        message = f"Name 1 to {DOMAINS_MAX} domains of addresses, such as example.com."
        raise _invalid("/email_domains", "email_domains_invalid", message)
    return Draft(code, client_id, draft.client_secret, domains)


def _invalid(pointer: str, code: str, message: str) -> DomainError:
    return INVALID.error(message, errors=[FieldError(pointer, code, message)])


def _known() -> DomainError:
    return PROVIDER_KNOWN.error("The name to sign in by is taken, or you have this issuer already.")


def _record(
    session: Session,
    actor: Actor,
    kind: EventKind,
    subject_id: uuid.UUID,
    body: dict[str, object],
) -> None:
    subject = ("identity_provider", subject_id)
    record(session, kind, actor, subject=subject, organizations=[actor.organization], body=body)
