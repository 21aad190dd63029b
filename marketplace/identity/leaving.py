"""What ends of a person's keys, roles, teams and invitations when they leave."""

import uuid

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.identity import directory, teams
from marketplace.identity.departures import LEAVING, as_leaving, ends
from marketplace.identity.keys import revoke_key
from marketplace.identity.models import ApiKey, Invitation, Membership
from marketplace.identity.personal import address_of
from marketplace.identity.states import INVITATION
from marketplace.identity.team_models import TeamInvitation, TeamMember
from marketplace.kernel.actor import system_actor


@ends("membership")
def _roles(session: Session, person_id: uuid.UUID) -> int:
    """Every role in every organization. Raises last_of_role where nobody else could manage one."""
    held = session.execute(
        select(Membership.organization_id, Membership.role)
        .where(Membership.person_id == person_id)
        .order_by(Membership.organization_id, Membership.role)
    ).all()
    for organization_id, role in held:
        directory.remove_member(session, system_actor(LEAVING), person_id, organization_id, role)
    return len(held)


@ends("team_member")
def _teams(session: Session, person_id: uuid.UUID) -> int:
    joined = session.scalars(
        select(TeamMember.team_id).where(TeamMember.person_id == person_id).order_by(TeamMember.team_id)
    ).all()
    for team_id in joined:
        teams.leave(session, as_leaving(person_id, "team.join"), team_id)
    return len(joined)


@ends("api_key")
def _keys(session: Session, person_id: uuid.UUID) -> int:
    live = session.scalars(
        select(ApiKey.id).where(ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    ).all()
    for key_id in live:
        revoke_key(session, system_actor(LEAVING), key_id)
    return len(live)


@ends("invitation")
def _invitations(session: Session, person_id: uuid.UUID) -> int:
    return _take_back(session, person_id, Invitation)


@ends("team_invitation")
def _team_invitations(session: Session, person_id: uuid.UUID) -> int:
    return _take_back(session, person_id, TeamInvitation)


def _take_back(session: Session, person_id: uuid.UUID, model: type[Invitation | TeamInvitation]) -> int:
    """End what waits for an answer at their address; that they were erased is what the log says of it."""
    INVITATION.check("pending", "revoked")
    waiting = session.execute(
        update(model)
        .where(model.email == address_of(person_id), model.state == "pending")
        .values(state="revoked", decided_at=func.statement_timestamp()),
        execution_options={"synchronize_session": False},
    )
    return int(waiting.rowcount)  # type: ignore[attr-defined]
