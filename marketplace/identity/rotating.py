"""Rotating an API key: its successor works at once, the old one a while longer."""

import datetime as dt
import uuid

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.errors import KEY_ENDED, KEY_REPLACED
from marketplace.identity.keys import add_key, authorize, issuing_key, lock_holder, refuse_too_many, within
from marketplace.identity.models import ApiKey
from marketplace.identity.queries import get_key, key_is_live
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import FORBIDDEN, INVALID, FieldError
from marketplace.kernel.ids import public

OVERLAP_DEFAULT = dt.timedelta(days=1)
OVERLAP_MAX = dt.timedelta(days=7)


def rotate_key(
    session: Session, actor: Actor, key_id: uuid.UUID, *, overlap: dt.timedelta = OVERLAP_DEFAULT
) -> tuple[ApiKey, str]:
    """Replace a key by one with the same name, scopes and end: (the successor, its secret, shown this once).

    The old one ends after the overlap (0 to 7 days), unless it ends before by itself. By its holder alone: signed in,
    with the key itself, or with one of theirs that may do as much for as long; and, should the answer have been lost,
    the successor with the old key as long as nobody has used it.
    Raises not_found, forbidden, invalid, key_ended, key_replaced, unauthenticated, and keys_too_many where both would
    live and one more may not: with an overlap of 0 there is never one more.
    """
    if not dt.timedelta(0) <= overlap <= OVERLAP_MAX:
        message = f"An overlap is 0 to {OVERLAP_MAX // dt.timedelta(seconds=1)} seconds."
        raise INVALID.error(message, errors=[FieldError("/overlap_seconds", "out_of_range", message)])
    holder = get_key(session, actor, key_id).person_id
    # Two who rotate one key at once would make two successors: the second comes after the first and is told so.
    lock_holder(session, holder)
    issuer = issuing_key(session, actor)
    key = session.get_one(ApiKey, key_id, populate_existing=True)
    authorize(actor, key.person_id, key.organization_id)
    lost = issuer is not None and issuer.replaced_by_key_id == key.id and key.last_used_at is None
    # What is on its way out may help out a lost successor, but take no key that is in use out of other hands.
    leaving = issuer is not None and issuer.replaced_by_key_id is not None
    if issuer is not None and issuer.id != key.id and not lost and (leaving or not within(key, issuer)):
        raise FORBIDDEN.error("A key rotates itself, or one that may do no more and works no longer than it does.")
    _refuse_ended(session, key)
    if overlap and not lost:
        refuse_too_many(session, key.person_id, key.organization_id)
    successor, secret = add_key(
        session,
        actor,
        ApiKey(
            name=key.name,
            person_id=key.person_id,
            organization_id=key.organization_id,
            scopes=key.scopes,
            expires_at=key.expires_at,
            issued_with_key_id=_parent(key, issuer),
        ),
        replaces=key.id,
    )
    # Whatever was made with the old key belongs to the line, not to the secret that goes out of use.
    session.execute(update(ApiKey).where(ApiKey.issued_with_key_id == key.id).values(issued_with_key_id=successor.id))
    key.replaced_by_key_id = successor.id
    if lost and issuer is not None:
        issuer.replaced_by_key_id = successor.id
        overlap = dt.timedelta(0)
    key.expires_at = func.least(ApiKey.expires_at, func.statement_timestamp() + overlap)
    session.flush()
    session.refresh(key)
    assert key.expires_at is not None
    record(
        session,
        events.KEY_ROTATED,
        actor,
        subject=("api_key", key.id),
        organizations=[] if key.organization_id is None else [key.organization_id],
        people=[key.person_id],
        body={
            "holder": public("person", key.person_id),
            "successor": public("api_key", successor.id),
            "ends_at": instant(key.expires_at),
        },
    )
    return successor, secret


def _refuse_ended(session: Session, key: ApiKey) -> None:
    if key.replaced_by_key_id is not None:
        raise KEY_REPLACED.error("This key was rotated already.", successor=public("api_key", key.replaced_by_key_id))
    if session.scalar(select(ApiKey.id).where(ApiKey.id == key.id, key_is_live())) is None:
        raise KEY_ENDED.error("This key was revoked, or is past its end.")


def _parent(key: ApiKey, issuer: ApiKey | None) -> uuid.UUID | None:
    """Whose revocation ends the successor: the key that asked for it; within one line, what asked for the line."""
    if issuer is None or key.id in (issuer.id, issuer.replaced_by_key_id):
        return key.issued_with_key_id
    return issuer.id
