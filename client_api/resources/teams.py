"""Teams: workers who agreed to belong together under an organization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.teams import (
    TeamInput,
    TeamInvitationInput,
    TeamInvitationQuery,
    TeamInvitationView,
    TeamMemberView,
    TeamQuery,
    TeamView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.identity import team_inviting, team_queries
from marketplace.identity import teams as verbs
from marketplace.identity.team_models import Team, TeamInvitation
from marketplace.identity.team_queries import Joined
from marketplace.web.context import get_context

teams = Theme("teams", "Teams of workers: who is in one has agreed to it, and may leave at any time.")


@teams.operation("GET", "/teams", permission="team.read", query=TeamQuery, returns=TeamView, page=True)
def list_teams(query: dict[str, Any]) -> Page[With]:
    """List your organization's teams, the newest first."""
    page = team_queries.list_teams(session(), actor(), **query)
    return Page(_views(page.data), page.next_cursor)


@teams.operation(
    "POST",
    "/teams",
    permission="team.manage",
    body=TeamInput,
    example={"name": "Night shift"},
    returns=TeamView,
    status=201,
    idempotent=True,
    versioned=True,
    location="/teams/{id}",
)
def create_team(body: dict[str, Any]) -> With:
    """Make an empty team; workers join it by accepting an invitation."""
    return _view(verbs.create_team(session(), actor(), name=body["name"]))


@teams.operation("GET", "/teams/{team_id}", permission="team.read", returns=TeamView, versioned=True)
def read_team(team_id: UUID) -> With:
    """Read a team; its ETag is what a change sends back."""
    return _view(team_queries.get_team(session(), actor(), team_id))


@teams.operation(
    "PATCH",
    "/teams/{team_id}",
    permission="team.manage",
    body=TeamInput,
    example={"name": "Day shift"},
    returns=TeamView,
    versioned=True,
    if_match=True,
)
def rename_team(body: dict[str, Any], team_id: UUID, version: int) -> With:
    """Give a team another name."""
    return _view(verbs.rename_team(session(), actor(), team_id, version, name=body["name"]))


@teams.operation(
    "POST", "/teams/{team_id}/close", permission="team.manage", returns=TeamView, versioned=True, refusals=[409]
)
def close_team(team_id: UUID) -> With:
    """Close a team for good: nobody is in it any more, and nobody can join. Work and pay stay as they are."""
    return _view(verbs.close_team(session(), actor(), team_id))


@teams.operation(
    "GET", "/teams/{team_id}/members", permission="team.read", query=ListQuery, returns=TeamMemberView, page=True
)
def list_team_members(query: dict[str, Any], team_id: UUID) -> Page[Joined]:
    """List the workers in a team, in the order in which they joined."""
    return team_queries.team_members(session(), actor(), team_id, **query)


@teams.operation("POST", "/teams/{team_id}/members/{person_id}/remove", permission="team.manage", status=204)
def remove_team_member(team_id: UUID, person_id: UUID) -> Response:
    """Take a worker out of a team; what they hold and have earned stays theirs."""
    verbs.remove_member(session(), actor(), team_id, person_id)
    return Response(status=204)


@teams.operation(
    "GET",
    "/teams/{team_id}/invitations",
    permission="team.read",
    query=TeamInvitationQuery,
    returns=TeamInvitationView,
    page=True,
)
def list_team_invitations(query: dict[str, Any], team_id: UUID) -> Page[With]:
    """List who was invited to a team, the newest first."""
    page = team_queries.team_invitations(session(), actor(), team_id, **query)
    return Page([With(invitation, state=state) for invitation, state in page.data], page.next_cursor)


@teams.operation(
    "POST",
    "/teams/{team_id}/invitations",
    permission="team.manage",
    body=TeamInvitationInput,
    example={"email": "amina@example.org"},
    returns=TeamInvitationView,
    status=201,
    idempotent=True,
    refusals=[429],
    location="/team-invitations/{id}",
)
def invite_to_team(body: dict[str, Any], team_id: UUID) -> TeamInvitation:
    """Invite the worker with an address: they get a mail, and are in the team once they accept.

    Whether the address is known here makes no difference to this answer.
    """
    context = get_context()
    return team_inviting.invite_worker(
        session(), actor(), context.mailer, team_id, email=body["email"], public_url=context.settings.public_url
    )


@teams.operation("GET", "/team-invitations/{team_invitation_id}", permission="team.read", returns=TeamInvitationView)
def read_team_invitation(team_invitation_id: UUID) -> With:
    """Read an invitation to a team."""
    invitation, state = team_queries.get_team_invitation(session(), actor(), team_invitation_id)
    return With(invitation, state=state)


@teams.operation(
    "POST",
    "/team-invitations/{team_invitation_id}/revoke",
    permission="team.manage",
    returns=TeamInvitationView,
    refusals=[409],
)
def revoke_team_invitation(team_invitation_id: UUID) -> TeamInvitation:
    """Take back an invitation that nobody has answered."""
    return team_inviting.revoke_invitation(session(), actor(), team_invitation_id)


def _view(team: Team) -> With:
    return _views([team])[0]


def _views(found: Sequence[Team]) -> list[With]:
    counted = team_queries.sizes(session(), [team.id for team in found])
    return [With(team, workers=counted.get(team.id, 0)) for team in found]
