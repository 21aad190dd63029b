"""Reading teams: an organization its own, a worker those they are in or invited to."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity.models import Organization, Person
from marketplace.identity.states import EXPIRED, INVITATION, TEAM
from marketplace.identity.team_models import Team, TeamInvitation, TeamMember
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND


@dataclass(frozen=True, slots=True)
class Joined:
    """A worker in a team, for its organization."""

    member: TeamMember
    name: str


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """A team for a worker who is in it."""

    team: Team
    organization_name: str
    member: TeamMember


@dataclass(frozen=True, slots=True)
class Offered:
    """An invitation for the worker who may answer it."""

    invitation: TeamInvitation
    team: Team
    organization_name: str
    inviter: str | None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of teams: one's organization's own; the auditor's all. Workers have `own_teams`."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("team.read") or actor.organization_id is None:
        return false()
    return true() if actor.organization_kind == "platform" else Team.organization_id == actor.organization_id


def get_team(session: Session, actor: Actor, team_id: uuid.UUID) -> Team:
    """One team. Raises not_found, also for one the actor may not see."""
    team = session.scalars(select(Team).where(Team.id == team_id, visible_to(actor))).one_or_none()
    if team is None:
        raise NOT_FOUND.error("There is no team with this id.", noun="team")
    return team


def list_teams(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Team]:
    """The teams that the actor may see, newest first."""
    wanted = select(Team).where(visible_to(actor))
    if state is not None:
        wanted = wanted.where(Team.state == state)
    return paginate(session, wanted, keys=[Team.id], cursor=cursor, limit=limit, descending=True)


def open_teams_of(session: Session, organization_id: uuid.UUID, team_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these teams that are the organization's own and open."""
    wanted = select(Team.id).where(Team.organization_id == organization_id, Team.state == TEAM.initial)
    return set(session.scalars(wanted.where(Team.id.in_(set(team_ids)))))


def sizes(session: Session, team_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many workers are in each team; one without any is left out."""
    counted = select(TeamMember.team_id, func.count()).where(TeamMember.team_id.in_(set(team_ids)))
    rows = session.execute(counted.group_by(TeamMember.team_id))
    return {row[0]: row[1] for row in rows}


def team_members(
    session: Session, actor: Actor, team_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Joined]:
    """The workers in a team, who joined first first. Raises not_found."""
    team = get_team(session, actor, team_id)
    wanted = select(TeamMember, Person.name).join(Person, Person.id == TeamMember.person_id)
    wanted = wanted.where(TeamMember.team_id == team.id)
    page = paginate(session, wanted, keys=[TeamMember.joined_at, TeamMember.person_id], cursor=cursor, limit=limit)
    return Page([Joined(*row) for row in page.data], page.next_cursor)


def is_open() -> ColumnElement[bool]:
    """Whether an invitation waits for its answer, by real time."""
    return and_(TeamInvitation.state == INVITATION.initial, TeamInvitation.expires_at > func.statement_timestamp())


def shown_state() -> ColumnElement[str]:
    """The state of an invitation as it is shown: a pending one past its end is expired."""
    over = and_(TeamInvitation.state == INVITATION.initial, TeamInvitation.expires_at <= func.statement_timestamp())
    return case((over, EXPIRED), else_=TeamInvitation.state)


def team_invitations(
    session: Session,
    actor: Actor,
    team_id: uuid.UUID,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[tuple[TeamInvitation, str]]:
    """The invitations of a team with their state, newest first. Raises not_found."""
    team = get_team(session, actor, team_id)
    wanted = select(TeamInvitation, shown_state()).where(TeamInvitation.team_id == team.id)
    if state is not None:
        wanted = wanted.where(shown_state() == state)
    return paginate(session, wanted, keys=[TeamInvitation.id], cursor=cursor, limit=limit, descending=True)


def get_team_invitation(session: Session, actor: Actor, invitation_id: uuid.UUID) -> tuple[TeamInvitation, str]:
    """An invitation with its state, for who may see its team. Raises not_found."""
    wanted = select(TeamInvitation, shown_state()).join(Team, Team.id == TeamInvitation.team_id)
    row = session.execute(wanted.where(TeamInvitation.id == invitation_id, visible_to(actor))).one_or_none()
    if row is None:
        raise NOT_FOUND.error("There is no team invitation with this id.", noun="team_invitation")
    return row[0], row[1]


def own_teams(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[OwnTeam]:
    """The open teams that the worker is in, newest first. Needs team.join."""
    actor.require("team.join")
    wanted = (
        select(Team, Organization.name, TeamMember)
        .join(Organization, Organization.id == Team.organization_id)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == actor.person, Team.state == TEAM.initial)
    )
    page = paginate(session, wanted, keys=[Team.id], cursor=cursor, limit=limit, descending=True)
    return Page([OwnTeam(*row) for row in page.data], page.next_cursor)


def offered_to(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Offered]:
    """The invitations that wait for this worker's answer, newest first. Needs team.join.

    They belong to an address, and are shown to whoever has shown that it is theirs.
    """
    actor.require("team.join")
    own = select(Person.email).where(Person.id == actor.person, Person.email_verified_at.is_not(None))
    inviter = select(Person.name).where(Person.id == TeamInvitation.invited_by_person_id).scalar_subquery()
    wanted = (
        select(TeamInvitation, Team, Organization.name, inviter)
        .join(Team, Team.id == TeamInvitation.team_id)
        .join(Organization, Organization.id == Team.organization_id)
        .where(TeamInvitation.email.in_(own), is_open(), Team.state == TEAM.initial)
    )
    page = paginate(session, wanted, keys=[TeamInvitation.id], cursor=cursor, limit=limit, descending=True)
    return Page([Offered(*row) for row in page.data], page.next_cursor)
