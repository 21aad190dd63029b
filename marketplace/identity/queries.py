"""Reading people and organizations."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity.models import ApiKey, Invitation, Membership, Organization, Person
from marketplace.identity.states import EXPIRED, INVITATION
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND


@dataclass(frozen=True, slots=True)
class Member:
    """One role of one person in an organization."""

    person_id: uuid.UUID
    name: str
    email: str
    role: str
    verified: bool


def organization_names(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names for display; an unknown id is left out."""
    if not ids:
        return {}
    rows = session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def person_names(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names for display; an unknown id is left out."""
    if not ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def platform_organization(session: Session) -> Organization | None:
    """The platform's own organization, the first that was made; None before `piecework setup`."""
    wanted = select(Organization).where(Organization.kind == "platform")
    return session.scalars(wanted.order_by(Organization.id).limit(1)).first()


def has_finance(session: Session) -> bool:
    """Whether anybody is of finance at the platform."""
    wanted = (
        select(Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Organization.kind == "platform", Membership.role == "finance")
    )
    return session.scalar(wanted.limit(1)) is not None


def subcontractors() -> Select[uuid.UUID, str, str]:
    """(id, name, country) of the approved subcontractors: the directory in which a seller is chosen."""
    return select(Organization.id, Organization.name, Organization.country).where(
        Organization.kind == "subcontractor", Organization.state == "approved"
    )


def organizations_of(session: Session, person_id: uuid.UUID) -> list[Organization]:
    """The organizations a person belongs to, by name."""
    return list(
        session.scalars(
            select(Organization)
            .where(Organization.id.in_(select(Membership.organization_id).where(Membership.person_id == person_id)))
            .order_by(Organization.name, Organization.id)
        )
    )


def members(session: Session, actor: Actor, organization_id: uuid.UUID) -> list[Member]:
    """Everybody with a role in the organization; for its own people and for staff. Raises not_found."""
    if actor.organization_id != organization_id and not actor.may("organization.read"):
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    rows = session.execute(
        select(Person.id, Person.name, Person.email, Membership.role, Person.email_verified_at)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization_id)
        .order_by(Person.name, Person.id, Membership.role)
    )
    return [Member(row.id, row.name, row.email, row.role, row.email_verified_at is not None) for row in rows]


def member_people(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Person]:
    """The people with a role in the actor's organization, by name. Needs member.manage."""
    actor.require("member.manage")
    belongs = select(Membership.person_id).where(Membership.organization_id == actor.organization)
    wanted = select(Person).where(Person.id.in_(belongs))
    return paginate(session, wanted, keys=[Person.name, Person.id], cursor=cursor, limit=limit)


def member_roles(
    session: Session, actor: Actor, person_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Membership]]:
    """The roles of these people in the actor's organization, oldest first. Needs member.manage."""
    actor.require("member.manage")
    found: dict[uuid.UUID, list[Membership]] = {}
    rows = select(Membership).where(
        Membership.organization_id == actor.organization, Membership.person_id.in_(set(person_ids))
    )
    for row in session.scalars(rows.order_by(Membership.created_at, Membership.role)):
        found.setdefault(row.person_id, []).append(row)
    return found


def get_member(session: Session, actor: Actor, person_id: uuid.UUID) -> Person:
    """A person with a role in the actor's organization. Needs member.manage. Raises not_found."""
    if person_id not in member_roles(session, actor, [person_id]):
        raise NOT_FOUND.error("There is no such member.", noun="person")
    return session.get_one(Person, person_id)


def keys_of(session: Session, actor: Actor) -> list[ApiKey]:
    """The keys of the actor's organization (with key.manage), or the worker's own; newest first."""
    statement = select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.id)
    if actor.organization_id is None:
        statement = statement.where(ApiKey.person_id == actor.person, ApiKey.organization_id.is_(None))
    else:
        actor.require("key.manage")
        statement = statement.where(ApiKey.organization_id == actor.organization_id)
    return list(session.scalars(statement))


def keys_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of keys: one's own at that face, and with key.manage those of one's organization."""
    if EVERYTHING in actor.permissions:
        return true()
    own = and_(ApiKey.person_id == actor.person, ApiKey.organization_id.is_not_distinct_from(actor.organization_id))
    if actor.organization_id is None or not actor.may("key.manage"):
        return own
    return or_(own, ApiKey.organization_id == actor.organization_id)


def get_key(session: Session, actor: Actor, key_id: uuid.UUID) -> ApiKey:
    """One key. Raises not_found, also for one the actor may not see."""
    key = session.scalars(select(ApiKey).where(ApiKey.id == key_id, keys_visible_to(actor))).one_or_none()
    if key is None:
        raise NOT_FOUND.error("There is no key with this id.", noun="api_key")
    return key


def list_keys(
    session: Session,
    actor: Actor,
    *,
    live: bool | None = None,
    person_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[ApiKey]:
    """The keys that the actor may see, newest first; `live` are those that work now, by real time."""
    wanted = select(ApiKey).where(keys_visible_to(actor))
    if live is not None:
        wanted = wanted.where(key_is_live() if live else not_(key_is_live()))
    if person_id is not None:
        wanted = wanted.where(ApiKey.person_id == person_id)
    return paginate(session, wanted, keys=[ApiKey.id], cursor=cursor, limit=limit, descending=True)


def key_is_live() -> ColumnElement[bool]:
    """Whether a key works now, by real time."""
    return and_(
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.statement_timestamp()),
    )


def own_keys(session: Session, actor: Actor) -> list[ApiKey]:
    """The actor's own keys, as a worker or for the organization they act for; newest first."""
    statement = select(ApiKey).where(
        ApiKey.person_id == actor.person, ApiKey.organization_id.is_not_distinct_from(actor.organization_id)
    )
    return list(session.scalars(statement.order_by(ApiKey.created_at.desc(), ApiKey.id)))


def invitation_is_open() -> ColumnElement[bool]:
    """Whether an invitation waits for its answer, by real time."""
    return and_(Invitation.state == INVITATION.initial, Invitation.expires_at > func.statement_timestamp())


def invitation_state() -> ColumnElement[str]:
    """The state of an invitation as it is shown: a pending one past its end is expired."""
    over = and_(Invitation.state == INVITATION.initial, Invitation.expires_at <= func.statement_timestamp())
    return case((over, EXPIRED), else_=Invitation.state)


def invitations(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[tuple[Invitation, str]]:
    """The invitations of the actor's organization with their state, newest first. Needs member.manage."""
    actor.require("member.manage")
    wanted = select(Invitation, invitation_state()).where(Invitation.organization_id == actor.organization)
    if state is not None:
        wanted = wanted.where(invitation_state() == state)
    return paginate(session, wanted, keys=[Invitation.id], cursor=cursor, limit=limit, descending=True)


def get_invitation(session: Session, actor: Actor, invitation_id: uuid.UUID) -> tuple[Invitation, str]:
    """An invitation of the actor's organization with its state. Needs member.manage. Raises not_found."""
    actor.require("member.manage")
    row = session.execute(
        select(Invitation, invitation_state()).where(
            Invitation.id == invitation_id, Invitation.organization_id == actor.organization
        )
    ).one_or_none()
    if row is None:
        raise NOT_FOUND.error("There is no invitation with this id.", noun="invitation")
    return row[0], row[1]


def waiting_sign_ups(session: Session) -> int:
    """How many organizations wait for a decision."""
    return session.scalar(select(func.count()).where(Organization.state == "pending")) or 0
