"""Teams: workers who agreed to belong together under a client or a subcontractor.

An organization may open tasks to some of its teams only (`work.opening`); then members alone find and claim them, and
all other tasks are open to workers whatever their teams. Who leaves a team, or is removed, keeps claims, answers and
pay: none of these knows of teams. How workers come in is in `team_inviting`.
"""

import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.identity import events
from marketplace.identity.errors import TEAMS_TOO_MANY
from marketplace.identity.states import TEAM
from marketplace.identity.team_models import Team, TeamMember
from marketplace.identity.team_queries import get_team
from marketplace.identity.values import read_name
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STALE, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import named, say

OPEN_MAX = 200
_KINDS = frozenset({"client", "subcontractor"})


def create_team(session: Session, actor: Actor, *, name: str) -> Team:
    """Make an empty team of the actor's organization. Raises forbidden, invalid, teams_too_many."""
    actor.require("team.manage")
    if actor.organization_kind not in _KINDS:
        message = "Clients and subcontractors have teams."
        raise INVALID.error(message, errors=[FieldError("", "kind_unknown", message)])
    wanted = (Team.organization_id == actor.organization, Team.state == TEAM.initial)
    if (session.scalar(select(func.count()).where(*wanted)) or 0) >= OPEN_MAX:
        raise TEAMS_TOO_MANY.error(f"An organization has {OPEN_MAX} open teams at most.")
    team = Team(organization_id=actor.organization, name=read_name(name))
    session.add(team)
    session.flush()
    session.refresh(team)
    note(session, events.TEAM_CREATED, actor, team, {})
    return team


def rename_team(session: Session, actor: Actor, team_id: uuid.UUID, version: int, *, name: str) -> Team:
    """Give a team another name, if it is still at `version`. Raises forbidden, not_found, stale, invalid."""
    team = lock_own(session, actor, team_id)
    if team.version != version:
        raise STALE.error(f"The team is at version {team.version}, not {version}.", version=team.version)
    wanted = read_name(name)
    if wanted != team.name:
        team.name = wanted
        team.version += 1
        session.flush()
        note(session, events.TEAM_RENAMED, actor, team, {"version": team.version})
    return team


def close_team(session: Session, actor: Actor, team_id: uuid.UUID) -> Team:
    """End a team: nobody is in it any more, nobody can join. Raises forbidden, not_found, state_conflict."""
    team = lock_own(session, actor, team_id)
    TEAM.check(team.state, "closed")
    now = real_now(session)
    team.state, team.closed_at = "closed", now
    team.version += 1
    session.flush()
    note(session, events.TEAM_CLOSED, actor, team, {})
    return team


def remove_member(session: Session, actor: Actor, team_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Take a worker out of a team of one's organization. Raises forbidden, not_found."""
    team = lock_own(session, actor, team_id)
    _take_out(session, team, person_id)
    note(session, events.TEAM_MEMBER_REMOVED, actor, team, {"person": public("person", person_id)}, [person_id])


def leave(session: Session, actor: Actor, team_id: uuid.UUID) -> None:
    """Leave a team, at any time and without a reason; work and pay stay as they are. Raises forbidden, not_found."""
    actor.require("team.join")
    team = lock(session, team_id)
    _take_out(session, team, actor.person, noun="team")
    note(session, events.TEAM_LEFT, actor, team, {"person": public("person", actor.person)}, [actor.person])


def lock_own(session: Session, actor: Actor, team_id: uuid.UUID) -> Team:
    """A team of the actor's organization, held until the transaction ends. Raises forbidden, not_found."""
    actor.require("team.manage")
    team = get_team(session, actor, team_id)
    if team.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no team with this id.", noun="team")
    return lock(session, team_id)


def lock(session: Session, team_id: uuid.UUID) -> Team:
    """Let one after the other decide about a team: joining, leaving, closing. Raises not_found."""
    wanted = select(Team).where(Team.id == team_id).with_for_update(key_share=True)
    team = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if team is None:
        raise NOT_FOUND.error(say("There is no team with this id."), noun="team")
    return team


def note(
    session: Session,
    kind: EventKind,
    actor: Actor,
    team: Team,
    body: dict[str, object],
    people: list[uuid.UUID] | None = None,
) -> None:
    """Record what became of a team, for its organization and the people named."""
    record(
        session,
        kind,
        actor,
        subject=("team", team.id),
        organizations=[team.organization_id],
        people=people or [],
        body=body,
    )


def _take_out(session: Session, team: Team, person_id: uuid.UUID, noun: str = "person") -> None:
    gone = session.scalar(
        delete(TeamMember)
        .where(TeamMember.team_id == team.id, TeamMember.person_id == person_id)
        .returning(TeamMember.person_id)
    )
    if gone is None:
        raise NOT_FOUND.error(say("There is no %(noun)s with this id.", noun=named(noun)), noun=noun)
