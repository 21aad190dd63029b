"""Teams one is in, and those one is invited to."""

from __future__ import annotations

from uuid import UUID

from marketplace.identity import team_inviting, team_queries
from marketplace.identity import teams as verbs
from marketplace.identity.team_models import TeamInvitation
from marketplace.identity.team_queries import Offered, OwnTeam
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.standing import AnsweredInvitationWire, LeftTeamWire, TeamInvitationWire, TeamWire
from workers_portal.api.schemas.values import ListQuery, Page
from workers_portal.api.themes import teams


@teams.operation("GET", "/teams", permission="team.join", query=ListQuery)
def list_teams() -> Page[TeamWire]:
    """List the open teams one is in, newest first."""
    return page_of(team_queries.own_teams(request_session(), current_actor(), **page_arguments()), _team)


@teams.operation("POST", "/teams/{team_id}/leave", permission="team.join")
def leave_team(team_id: UUID) -> LeftTeamWire:
    """Leave a team; claims, answers and pay stay as they are."""
    verbs.leave(request_session(), current_actor(), team_id)
    return {"id": public("team", team_id), "left": True}


@teams.operation("GET", "/team-invitations", permission="team.join", query=ListQuery)
def list_team_invitations() -> Page[TeamInvitationWire]:
    """List the invitations that wait for one's answer, newest first."""
    return page_of(team_queries.offered_to(request_session(), current_actor(), **page_arguments()), _offered)


@teams.operation("POST", "/team-invitations/{team_invitation_id}/accept", permission="team.join", refusals=[409])
def accept_team_invitation(team_invitation_id: UUID) -> AnsweredInvitationWire:
    """Join the team."""
    return _answered(team_inviting.accept(request_session(), current_actor(), team_invitation_id))


@teams.operation("POST", "/team-invitations/{team_invitation_id}/decline", permission="team.join", refusals=[409])
def decline_team_invitation(team_invitation_id: UUID) -> AnsweredInvitationWire:
    """Say no."""
    return _answered(team_inviting.decline(request_session(), current_actor(), team_invitation_id))


def _team(own: OwnTeam) -> TeamWire:
    return {
        "id": public("team", own.team.id),
        "name": own.team.name,
        "organization": own.organization_name,
        "joined_at": instant(own.member.joined_at),
    }


def _offered(offered: Offered) -> TeamInvitationWire:
    return {
        **_answered(offered.invitation),
        "team": offered.team.name,
        "organization": offered.organization_name,
        "invited_by": offered.inviter,
        "expires_at": instant(offered.invitation.expires_at),
    }


def _answered(invitation: TeamInvitation) -> AnsweredInvitationWire:
    return {
        "id": public("team_invitation", invitation.id),
        "team_id": public("team", invitation.team_id),
        "state": invitation.state,
    }
