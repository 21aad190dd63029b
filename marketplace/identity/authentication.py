"""Who asks: from a key or a cookie to an actor, each in one statement; at times it is stamped as used."""

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy.orm import Session

from marketplace.db.hot import HotStatement
from marketplace.db.sql import load
from marketplace.identity.errors import UNAUTHENTICATED
from marketplace.identity.permissions import may_look, permissions_of
from marketplace.identity.secrets import KEY_PREFIX, digest
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say

STATEMENTS = load(__file__, "authentication.sql")
_ACTOR_FOR_KEY = HotStatement(STATEMENTS.actor_for_key)
_LENGTH_MAX = 200


class _Found(NamedTuple):
    """Who was found, as each of the statements returns it first."""

    person_id: uuid.UUID
    organization_id: uuid.UUID | None
    scopes: list[str] | None
    person_name: str
    organization_kind: str | None
    organization_state: str | None
    roles: list[str]


def actor_for_key(session: Session, secret: str) -> Actor:
    """The actor behind an API key; its permissions are the key's scopes which its holder still has.

    Raises unauthenticated, with the same words for a key unknown, revoked or past its end.
    """
    row = None
    if secret.startswith(KEY_PREFIX) and len(secret) < _LENGTH_MAX:
        row = _ACTOR_FOR_KEY.row(session, {"secret_hash": digest(secret)})
    if row is not None:
        *found, key_id, use_is_stale = row
        if use_is_stale:
            session.execute(STATEMENTS.stamp_key, {"id": key_id})
        actor = _actor(_Found(*found), "api_key", key_id)
        if actor is not None:
            return actor
    raise UNAUTHENTICATED.error(say("This key is unknown, revoked or past its end."))


def actor_for_session(session: Session, cookie_secret: str, face: str) -> Actor | None:
    """The actor behind a session cookie of that face ("work" or "console"), None if it is not valid any more."""
    if not cookie_secret or len(cookie_secret) > _LENGTH_MAX:
        return None
    found = session.execute(
        STATEMENTS.actor_for_session, {"secret_hash": digest(cookie_secret), "face": face}
    ).one_or_none()
    if found is None:
        return None
    *person, session_id, through_provider, sight_is_stale = found
    if sight_is_stale:
        session.execute(STATEMENTS.stamp_session, {"id": session_id})
    return _actor(_Found(*person), "session", session_id=session_id, through_provider=through_provider)


class Seen(NamedTuple):
    """Whose pages a member of the platform's staff looks at, as that actor; the moments are real time."""

    actor: Actor
    staff_person_id: uuid.UUID
    reason: str
    began_at: dt.datetime
    expires_at: dt.datetime
    language: str
    organization_name: str | None


def actor_for_look(session: Session, cookie_secret: str, face: str) -> Seen | None:
    """Whose pages of that face a look's cookie shows; None once the look is over or may not go on.

    It may not where who looks is signed out or lost the permission, or where the person may do more at the platform
    by now.
    """
    if not cookie_secret or len(cookie_secret) > _LENGTH_MAX:
        return None
    return _seen(session, secret_hash=digest(cookie_secret), face=face)


def seen_in_look(session: Session, look_id: uuid.UUID) -> Seen | None:
    """Whose pages the look with this id shows; None as for its cookie. For links that were signed for it."""
    return _seen(session, look_id=look_id)


def _seen(
    session: Session, *, look_id: uuid.UUID | None = None, secret_hash: bytes | None = None, face: str | None = None
) -> Seen | None:
    found = session.execute(
        STATEMENTS.actor_for_look, {"look_id": look_id, "secret_hash": secret_hash, "face": face}
    ).one_or_none()
    if found is None or not may_look(found.staff_roles, found.platform_roles):
        return None
    actor = _actor(_Found(*found[: len(_Found._fields)]), "look", look_id=found.id)
    if actor is None:
        return None
    return Seen(
        actor,
        found.staff_person_id,
        found.reason,
        found.began_at,
        found.expires_at,
        found.language,
        found.organization_name,
    )


def actor_of_person(
    session: Session, person_id: uuid.UUID, organization_id: uuid.UUID | None, *, via: str = "link"
) -> Actor | None:
    """The actor a person is now in that organization, or as a worker; None if there is no such role any more.

    For links that were signed for somebody, and for the command line; whoever calls has to know that it is them.
    """
    found = session.execute(
        STATEMENTS.actor_of_person, {"person_id": person_id, "organization_id": organization_id}
    ).one_or_none()
    return None if found is None else _actor(_Found(*found), via)


def _actor(
    row: _Found,
    via: str,
    key_id: uuid.UUID | None = None,
    session_id: uuid.UUID | None = None,
    through_provider: bool = False,
    look_id: uuid.UUID | None = None,
) -> Actor | None:
    # Who left the organization, or is no worker, has no role left and is nobody here.
    if not row.roles:
        return None
    permissions = permissions_of(row.roles, organization_state=row.organization_state)
    if row.scopes is not None:
        permissions &= frozenset(row.scopes)
    return Actor(
        person_id=row.person_id,
        organization_id=row.organization_id,
        organization_kind=row.organization_kind,
        roles=frozenset(row.roles),
        permissions=permissions,
        via=via,
        name=row.person_name,
        key_id=key_id,
        session_id=session_id,
        through_provider=through_provider,
        look_id=look_id,
    )
