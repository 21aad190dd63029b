"""Teams one is in, and those one is invited to."""

from __future__ import annotations

from typing import Any

from marketplace.identity import team_inviting, team_queries
from marketplace.identity import teams as verbs
from marketplace.identity.team_models import TeamInvitation
from marketplace.identity.team_queries import Offered, OwnTeam
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from workers_portal.api import blueprint, body
from workers_portal.api.paging import page_arguments, page_of


@blueprint.get("/teams")
@guarded("team.join")
def teams() -> dict[str, Any]:
    """The open teams one is in, newest first."""
    return page_of(team_queries.own_teams(request_session(), current_actor(), **page_arguments()), _team)


@blueprint.post("/teams/<team_id>/leave")
@guarded("team.join")
def leave_team(team_id: str) -> dict[str, Any]:
    """Leave a team; claims, answers and pay stay as they are."""
    body.read_body(())
    verbs.leave(request_session(), current_actor(), parse("team", team_id))
    return {"id": team_id, "left": True}


@blueprint.get("/team-invitations")
@guarded("team.join")
def team_invitations() -> dict[str, Any]:
    """The invitations that wait for one's answer, newest first."""
    return page_of(team_queries.offered_to(request_session(), current_actor(), **page_arguments()), _offered)


@blueprint.post("/team-invitations/<invitation_id>/accept")
@guarded("team.join")
def accept_team_invitation(invitation_id: str) -> dict[str, Any]:
    """Join the team."""
    body.read_body(())
    return _answered(team_inviting.accept(request_session(), current_actor(), parse("team_invitation", invitation_id)))


@blueprint.post("/team-invitations/<invitation_id>/decline")
@guarded("team.join")
def decline_team_invitation(invitation_id: str) -> dict[str, Any]:
    """Say no."""
    body.read_body(())
    return _answered(team_inviting.decline(request_session(), current_actor(), parse("team_invitation", invitation_id)))


def _team(own: OwnTeam) -> dict[str, Any]:
    return {
        "id": public("team", own.team.id),
        "name": own.team.name,
        "organization": own.organization_name,
        "joined_at": instant(own.member.joined_at),
    }


def _offered(offered: Offered) -> dict[str, Any]:
    return {
        **_answered(offered.invitation),
        "team": offered.team.name,
        "organization": offered.organization_name,
        "invited_by": offered.inviter,
        "expires_at": instant(offered.invitation.expires_at),
    }


def _answered(invitation: TeamInvitation) -> dict[str, Any]:
    return {
        "id": public("team_invitation", invitation.id),
        "team_id": public("team", invitation.team_id),
        "state": invitation.state,
    }
