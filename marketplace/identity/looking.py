"""Looking at the pages of somebody as they see them: staff who help, a quarter of an hour, with a reason. Real time.

A look does nothing: whose pages are shown is an actor of "look" (`authentication.actor_for_look`), under which the
edge takes no forms and opens read-only transactions (`web/looking.py`). The person sees in their list of devices that
it was, and why.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity import events
from marketplace.identity.errors import LOOK_REFUSED, LOOKING_ALREADY, LOOKING_ONLY
from marketplace.identity.look_models import Look
from marketplace.identity.models import Membership, Organization, Person, Worker
from marketplace.identity.permissions import may_look
from marketplace.identity.secrets import digest, new_secret
from marketplace.identity.stepping_up import require_own_sign_in, require_recent_sign_in
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, DomainError, FieldError
from marketplace.kernel.ids import parse, public

LIFE: Final = dt.timedelta(minutes=15)
REASON_LENGTH_MAX: Final = 500
SHOWN_TO_THEM: Final = 20
STOPPED: Final = "stopped"
TIME_OVER: Final = "time_over"


@dataclass(frozen=True, slots=True)
class Place:
    """Pages that a person has: as a worker (no organization), or in an organization with roles."""

    organization_id: uuid.UUID | None
    name: str
    roles: Sequence[str]


def person_to_look_at(session: Session, actor: Actor, wanted: str) -> Person | None:
    """The person with this very address or id who is not erased, None without one. Raises forbidden."""
    actor.require("person.view_as")
    text = wanted.strip().lower()
    try:
        is_it = Person.id == parse("person", text)
    except DomainError:
        is_it = Person.email == text
    return session.scalars(select(Person).where(is_it, Person.state == "active")).one_or_none()


def places_of(session: Session, actor: Actor, person_id: uuid.UUID) -> list[Place]:
    """Which pages the person has. Raises forbidden."""
    actor.require("person.view_as")
    works = session.get(Worker, person_id) is not None
    found = session.execute(
        select(Organization.id, Organization.name, func.array_agg(Membership.role).label("roles"))
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == person_id)
        .group_by(Organization.id, Organization.name)
        .order_by(Organization.name, Organization.id)
    )
    return [Place(None, "", ["worker"])] * works + [Place(row.id, row.name, sorted(row.roles)) for row in found]


def begin_look(
    session: Session, actor: Actor, person_id: uuid.UUID, organization_id: uuid.UUID | None, reason: str
) -> tuple[Look, str]:
    """Begin to look at a person's pages in an organization, or as a worker: (the row, the cookie's secret).

    Raises forbidden, looking_only, step_up_required, invalid, not_found, look_refused, looking_already.
    """
    actor.require("person.view_as")
    if actor.look_id is not None:
        raise LOOKING_ONLY.error("You look at somebody's pages already.")
    require_recent_sign_in(session, actor)
    text = reason.strip()
    if not 0 < len(text) <= REASON_LENGTH_MAX:
        message = f"Say why, in up to {REASON_LENGTH_MAX} characters; they read it."
        raise INVALID.error(message, errors=[FieldError("/reason", "reason_missing", message)])
    # Who is just being erased is waited for: the look would show what goes.
    person = session.scalars(
        select(Person).where(Person.id == person_id, Person.state == "active").with_for_update(key_share=True)
    ).one_or_none()
    places = {place.organization_id for place in places_of(session, actor, person_id)}
    if person is None or organization_id not in places:
        raise NOT_FOUND.error("There is nobody with such pages.", noun="person")
    if person_id == actor.person_id or not may_look(actor.roles, _roles_at_platform(session, person_id)):
        raise LOOK_REFUSED.error("These pages are your own, or of somebody who may do more here than you.")
    _end_past(session, Look.staff_person_id == actor.person)
    secret = new_secret()
    look = Look(
        secret_hash=digest(secret),
        web_session_id=actor.session_id,
        staff_person_id=actor.person,
        person_id=person_id,
        organization_id=organization_id,
        face="work" if organization_id is None else "console",
        reason=text,
        expires_at=func.statement_timestamp() + LIFE,
    )
    try:
        # In two browsers of one person both may find none: the unique index decides.
        with session.begin_nested():
            session.add(look)
    except IntegrityError:
        raise LOOKING_ALREADY.error("You look at somebody's pages already. Stop that first.") from None
    session.refresh(look)
    body = {
        "person": public("person", person_id),
        "organization": None if organization_id is None else public("organization", organization_id),
        "expires_at": instant(look.expires_at),
        "reason_commitment": said(text),
    }
    record(session, events.LOOK_BEGAN, actor, subject=("look", look.id), people=[person_id], body=body)
    return look, secret


def stop_look(session: Session, cookie_secret: str) -> None:
    """End the look of that cookie; nothing happens if there is none."""
    look = _locked(session, Look.secret_hash == digest(cookie_secret))
    if look is not None:
        staff = Actor(look.staff_person_id, None, None, frozenset(), frozenset(), "session", "")
        _end(session, look, staff, STOPPED)


def stop_own_look(session: Session, actor: Actor) -> None:
    """End the look that the actor has begun, in whichever browser; nothing happens if there is none."""
    look = _locked(session, Look.staff_person_id == actor.person)
    if look is not None:
        _end(session, look, actor, STOPPED)


def end_past_look(session: Session) -> int:
    """Sweep: note the end of one look whose time is over. Returns how many. Any number of processes."""
    return _end_past(session)


def newest_looks_at_me(session: Session, actor: Actor) -> Sequence[Look]:
    """When staff looked at the acting person's pages, the newest first; all of them are in their own data.

    Raises sign_in_provider_session.
    """
    require_own_sign_in(actor)
    own = select(Look).where(Look.person_id == actor.person)
    return session.scalars(own.order_by(Look.id.desc()).limit(SHOWN_TO_THEM)).all()


def look_going_on(session: Session, actor: Actor) -> Look | None:
    """The look that the actor has begun and that shows something still; None without one."""
    return session.scalars(
        select(Look).where(
            Look.staff_person_id == actor.person,
            Look.ended_at.is_(None),
            Look.expires_at > func.statement_timestamp(),
        )
    ).one_or_none()


def all_looks(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT) -> Page[Look]:
    """Every look of every member of staff, the newest first. Raises forbidden without look.read."""
    actor.require("look.read")
    return paginate(session, select(Look), keys=[Look.id], cursor=cursor, limit=limit, descending=True)


def _roles_at_platform(session: Session, person_id: uuid.UUID) -> Sequence[str]:
    return session.scalars(
        select(Membership.role)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.person_id == person_id, Organization.kind == "platform")
    ).all()


def _locked(session: Session, which: ColumnElement[bool]) -> Look | None:
    return session.scalars(select(Look).where(which, Look.ended_at.is_(None)).with_for_update()).one_or_none()


def _end_past(session: Session, *which: ColumnElement[bool]) -> int:
    look = session.scalars(
        select(Look)
        .where(*which, Look.ended_at.is_(None), Look.expires_at <= func.statement_timestamp())
        .order_by(Look.expires_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if look is None:
        return 0
    _end(session, look, system_actor("end_looks"), TIME_OVER)
    return 1


def _end(session: Session, look: Look, actor: Actor, how: str) -> None:
    # A look that is stopped late, or noted late, showed nothing after its time.
    look.ended_at = session.execute(select(func.least(func.statement_timestamp(), look.expires_at))).scalar_one()
    session.flush()
    body = {"person": public("person", look.person_id), "how": how}
    record(session, events.LOOK_ENDED, actor, subject=("look", look.id), people=[look.person_id], body=body)
