"""API keys: issued once in full, then known only by a hash and a hint.

Whoever issues, rotates or revokes keys of a person first locks that person's row, so that what is decided about one
key cannot cross what is decided about another that was made with it.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.sql import load
from marketplace.identity import events
from marketplace.identity.errors import KEYS_TOO_MANY, SCOPE_UNKNOWN, UNAUTHENTICATED
from marketplace.identity.models import ApiKey, Membership, Person, Worker
from marketplace.identity.permissions import DESCRIPTIONS, permissions_of
from marketplace.identity.queries import key_is_live
from marketplace.identity.secrets import KEY_PREFIX, digest, new_secret
from marketplace.identity.stepping_up import require_own_sign_in
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import FORBIDDEN, INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say, sentences

HINT_LENGTH = 4
LIFE_MAX = dt.timedelta(days=366)
"""How long a key works at most that was made with another key."""
LIVE_MAX = 100
"""Keys of one person for one organization that work at the same time."""
STATEMENTS = load(__file__, "keys.sql")


def issue_key(
    session: Session,
    actor: Actor,
    *,
    person_id: uuid.UUID | None = None,
    organization_id: uuid.UUID | None = None,
    scopes: Sequence[str] | None = None,
    expires_at: dt.datetime | None = None,
    name: str = "",
) -> tuple[ApiKey, str]:
    """Issue a key: (the row, the secret "pwk_…", which is shown this once).

    Who is signed in at the pages may issue their own, as a worker or for the organization they act for; the operator
    of the machine, from the command line, anybody's (`person_id`). A key with key.manage issues keys of its own
    holder and organization, with no scope it has not itself and no later end (docs/decisions/0007). `scopes` are
    permissions the holder has; none means as many as the issuer has.
    Raises forbidden, not_found, scope_unknown, invalid, keys_too_many, unauthenticated, sign_in_provider_session.
    """
    holder = actor.person if person_id is None else person_id
    authorize(actor, holder, organization_id)
    lock_holder(session, holder)
    issuer = issuing_key(session, actor)
    roles = _roles(session, holder, organization_id)
    wanted = _scopes(scopes, permissions_of(roles, organization_state=None), issuer)
    ends_at = _end(session, expires_at, issuer)
    refuse_too_many(session, holder, organization_id)
    return add_key(
        session,
        actor,
        ApiKey(
            name=name,
            person_id=holder,
            organization_id=organization_id,
            scopes=wanted,
            expires_at=ends_at,
            issued_with_key_id=None if issuer is None else issuer.id,
        ),
    )


def add_key(session: Session, actor: Actor, key: ApiKey, *, replaces: uuid.UUID | None = None) -> tuple[ApiKey, str]:
    """Give a key its secret and write it down: (the row, the secret). The caller has authorized and locked.

    Raises sign_in_provider_session: a key would outlive the provider that vouched for its maker.
    """
    require_own_sign_in(actor)
    secret = new_secret(KEY_PREFIX)
    key.secret_hash, key.hint = digest(secret), secret[-HINT_LENGTH:]
    session.add(key)
    session.flush()
    record(
        session,
        events.KEY_ISSUED,
        actor,
        subject=("api_key", key.id),
        organizations=_readers(key),
        people=[key.person_id],
        body={
            "holder": public("person", key.person_id),
            "organization": None if key.organization_id is None else public("organization", key.organization_id),
            "scopes": key.scopes,
            "expires_at": None if key.expires_at is None else instant(key.expires_at),
            "issued_with": None if key.issued_with_key_id is None else public("api_key", key.issued_with_key_id),
            "replaces": None if replaces is None else public("api_key", replaces),
        },
    )
    return key, secret


def revoke_key(session: Session, actor: Actor, key_id: uuid.UUID, *, leaked: bool = False) -> ApiKey:
    """End a key at once, and every key that was issued with it; a second time changes nothing.

    `leaked` ends what it was rotated to as well: whoever found it may have done that. Raises not_found for another's.
    """
    key = session.get(ApiKey, key_id)
    if key is None or not _may_revoke(actor, key):
        raise NOT_FOUND.error(say("There is no key with this id."), noun="api_key")
    # A key that is being revoked may just be issuing another: under the lock that one is seen, or never comes to be.
    lock_holder(session, key.person_id)
    found = session.scalars(STATEMENTS.made_with, {"id": key_id, "leaked": leaked}).all()
    ended = session.scalars(
        update(ApiKey)
        .where(ApiKey.id.in_(found), ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.statement_timestamp())
        .returning(ApiKey)
    ).all()
    for one in sorted(ended, key=lambda row: row.id):
        record(
            session,
            events.KEY_REVOKED,
            actor,
            subject=("api_key", one.id),
            organizations=_readers(one),
            people=[one.person_id],
            body={
                "holder": public("person", one.person_id),
                "together_with": None if one.id == key_id else public("api_key", key_id),
            },
        )
    session.refresh(key)
    return key


def authorize(actor: Actor, holder: uuid.UUID, organization_id: uuid.UUID | None) -> None:
    """Who may make a key that acts for that person in that organization. Raises forbidden, not_found."""
    if _is_operator(actor):
        return
    if organization_id is not None and actor.organization_id != organization_id:
        raise NOT_FOUND.error(say("There is no organization with this id."), noun="organization")
    # Whoever held another's key would be them: decide, approve and open in their name.
    if actor.person_id != holder or actor.organization_id != organization_id:
        raise FORBIDDEN.error(say("A key is issued by the person it acts for."))
    if actor.via == "session":
        return
    if actor.via != "api_key" or actor.key_id is None:
        raise FORBIDDEN.error(say("A key is issued at the pages, or with a key."))
    actor.require("key.manage")


def lock_holder(session: Session, person_id: uuid.UUID) -> None:
    """Let nobody else decide about keys of this person until the end of the transaction."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def issuing_key(session: Session, actor: Actor) -> ApiKey | None:
    """The key that the actor came with, None for who came without. Raises unauthenticated.

    It is read again under the holder's lock: it may have been revoked since this request was let in.
    """
    if actor.key_id is None:
        return None
    wanted = select(ApiKey).where(ApiKey.id == actor.key_id, key_is_live())
    key = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if key is None:
        raise UNAUTHENTICATED.error(say("This key is unknown, revoked or past its end."))
    return key


def within(key: ApiKey, issuer: ApiKey) -> bool:
    """Whether the key may do no more than the issuing one, and works no longer."""
    narrower = issuer.scopes is None or (key.scopes is not None and set(key.scopes) <= set(issuer.scopes))
    shorter = issuer.expires_at is None or (key.expires_at is not None and key.expires_at <= issuer.expires_at)
    return narrower and shorter


def _roles(session: Session, holder: uuid.UUID, organization_id: uuid.UUID | None) -> Sequence[str]:
    if organization_id is None:
        roles: Sequence[str] = ["worker"] if session.get(Worker, holder) is not None else []
    else:
        roles = session.scalars(
            select(Membership.role).where(Membership.person_id == holder, Membership.organization_id == organization_id)
        ).all()
    if not roles:
        raise NOT_FOUND.error(say("There is no such member."), noun="person")
    return roles


def _scopes(wanted: Sequence[str] | None, held: frozenset[str], issuer: ApiKey | None) -> list[str] | None:
    own = None if issuer is None else issuer.scopes
    if wanted is None:
        return own
    errors = []
    for number, scope in enumerate(wanted):
        if scope not in DESCRIPTIONS:
            errors.append(
                FieldError(
                    f"/scopes/{number}", "scope_unknown", say("There is no permission %(scope)s.", scope=repr(scope))
                )
            )
        elif scope not in held:
            message = say("The holder of the key has no permission %(scope)s.", scope=scope)
            errors.append(FieldError(f"/scopes/{number}", "scope_beyond_holder", message))
        elif own is not None and scope not in own:
            message = say("The key that issues it has no permission %(scope)s.", scope=scope)
            errors.append(FieldError(f"/scopes/{number}", "scope_beyond_key", message))
    if errors:
        raise SCOPE_UNKNOWN.error(sentences(error.message for error in errors), errors=errors)
    return sorted(set(wanted))


def _end(session: Session, wanted: dt.datetime | None, issuer: ApiKey | None) -> dt.datetime | None:
    if issuer is None:
        return wanted
    latest = real_now(session) + LIFE_MAX
    if issuer.expires_at is not None:
        latest = min(latest, issuer.expires_at)
    if wanted is not None and wanted > latest:
        message = say("A key made with this one ends at %(latest)s at the latest.", latest=latest)
        raise INVALID.error(message, errors=[FieldError("/expires_in_seconds", "outlives_key", message)])
    return wanted or latest


def refuse_too_many(session: Session, holder: uuid.UUID, organization_id: uuid.UUID | None) -> None:
    """Refuse one more live key of this person there with keys_too_many; the caller holds the holder's lock."""
    same = (ApiKey.person_id == holder, ApiKey.organization_id.is_not_distinct_from(organization_id))
    live = session.scalar(select(func.count()).where(*same, key_is_live())) or 0
    if live >= LIVE_MAX:
        raise KEYS_TOO_MANY.error(
            say(
                "%(live)s keys of this person work here already; the most is %(most)s.",
                live=live,
                most=LIVE_MAX,
            )
        )


def _readers(key: ApiKey) -> list[uuid.UUID]:
    return [] if key.organization_id is None else [key.organization_id]


def _is_operator(actor: Actor) -> bool:
    return actor.via in {"system", "command_line"}


def _may_revoke(actor: Actor, key: ApiKey) -> bool:
    if _is_operator(actor):
        return True
    # Whoever holds keys for two organizations, or as a worker too, acts for one of these at a time.
    if actor.organization_id != key.organization_id:
        return False
    return actor.person_id == key.person_id or (actor.organization_id is not None and actor.may("key.manage"))
