"""API keys: issued once in full, then known only by a hash and a hint."""

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.errors import SCOPE_UNKNOWN
from marketplace.identity.models import ApiKey, Membership, Organization, Worker
from marketplace.identity.permissions import permissions_of
from marketplace.identity.secrets import KEY_PREFIX, digest, new_secret
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FORBIDDEN, NOT_FOUND, FieldError
from marketplace.kernel.ids import public

HINT_LENGTH = 4


def issue_key(
    session: Session,
    actor: Actor,
    *,
    person_id: uuid.UUID | None = None,
    organization_id: uuid.UUID | None = None,
    scopes: Collection[str] | None = None,
    expires_at: dt.datetime | None = None,
    name: str = "",
) -> tuple[ApiKey, str]:
    """Issue a key: (the row, the secret "pwk_…", which is shown this once).

    Who is signed in at the pages may issue their own, as a worker or for the organization they act for; the operator
    of the machine, from the command line, anybody's (`person_id`). `scopes` are permissions the holder has; none means
    all of them. Raises forbidden, not_found, scope_unknown.
    """
    holder = actor.person if person_id is None else person_id
    organization = None if organization_id is None else session.get(Organization, organization_id)
    _authorize(actor, holder, organization_id)
    if organization is None:
        roles = ["worker"] if session.get(Worker, holder) is not None else []
    else:
        roles = list(
            session.scalars(
                select(Membership.role).where(
                    Membership.person_id == holder, Membership.organization_id == organization.id
                )
            )
        )
    if not roles or (organization_id is not None and organization is None):
        raise NOT_FOUND.error("There is no such member.", noun="person")
    wanted = None if scopes is None else sorted(set(scopes))
    beyond = set(wanted or ()) - permissions_of(roles, organization_state=None)
    if beyond:
        message = f"The holder of the key has no permission {', '.join(sorted(beyond))}."
        raise SCOPE_UNKNOWN.error(message, errors=[FieldError("/scopes", "scope_unknown", message)])
    secret = new_secret(KEY_PREFIX)
    key = ApiKey(
        secret_hash=digest(secret),
        hint=secret[-HINT_LENGTH:],
        name=name,
        person_id=holder,
        organization_id=organization_id,
        scopes=wanted,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    record(
        session,
        events.KEY_ISSUED,
        actor,
        subject=("api_key", key.id),
        organizations=[] if organization_id is None else [organization_id],
        people=[holder],
        body={
            "holder": public("person", holder),
            "organization": None if organization_id is None else public("organization", organization_id),
            "scopes": wanted,
        },
    )
    return key, secret


def revoke_key(session: Session, actor: Actor, key_id: uuid.UUID) -> None:
    """End a key at once; a second time changes nothing. Raises not_found for another's."""
    key = session.get(ApiKey, key_id)
    visible = key is not None and (
        actor.person_id == key.person_id
        or (_may_manage(actor, key.organization_id) if key.organization_id is not None else _is_operator(actor))
    )
    if key is None or not visible:
        raise NOT_FOUND.error("There is no key with this id.", noun="api_key")
    revoked = session.execute(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.statement_timestamp())
        .returning(ApiKey.id)
    ).scalar_one_or_none()
    if revoked is not None:
        record(
            session,
            events.KEY_REVOKED,
            actor,
            subject=("api_key", key_id),
            organizations=[] if key.organization_id is None else [key.organization_id],
            people=[key.person_id],
            body={"holder": public("person", key.person_id)},
        )


def _is_operator(actor: Actor) -> bool:
    return actor.via in {"system", "command_line"}


def _may_manage(actor: Actor, organization_id: uuid.UUID | None) -> bool:
    return _is_operator(actor) or (actor.may("key.manage") and actor.organization_id == organization_id)


def _authorize(actor: Actor, holder: uuid.UUID, organization_id: uuid.UUID | None) -> None:
    if _is_operator(actor):
        return
    if organization_id is not None and actor.organization_id != organization_id:
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    # Whoever held another's key would be them: decide, approve and open in their name.
    if actor.person_id != holder or actor.organization_id != organization_id:
        raise FORBIDDEN.error("A key is issued by the person it acts for.")
    # A key may not be made with another key: who finds a leaked one could otherwise make it last for ever.
    if actor.via != "session":
        raise FORBIDDEN.error("A key is issued at the pages, by somebody who is signed in.")
