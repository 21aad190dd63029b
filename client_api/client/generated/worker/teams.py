"""Teams one is in, and those one is invited to.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Teams(Resource):
    """Teams one is in, and those one is invited to."""

    def list_team_invitations(self, *, cursor: str | None = None, limit: int | None = None) -> t.TeamInvitationPage:
        """List the invitations that wait for one's answer, newest first.

        `GET /worker/v1/team-invitations`; needs `team.join`.
        """
        return cast(
            "t.TeamInvitationPage",
            self._call("GET", "/worker/v1/team-invitations", query={"cursor": cursor, "limit": limit}),
        )

    def iter_team_invitations(self, *, limit: int | None = None) -> Iterator[t.TeamInvitation]:
        """Walk the rows of all pages of `list_team_invitations`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_team_invitations(limit=limit, cursor=cursor))

    def accept_team_invitation(self, team_invitation_id: str) -> t.AnsweredInvitation:
        """Join the team.

        `POST /worker/v1/team-invitations/{team_invitation_id}/accept`; needs `team.join`.
        """
        return cast(
            "t.AnsweredInvitation",
            self._call(
                "POST",
                self._path(
                    "/worker/v1/team-invitations/{team_invitation_id}/accept",
                    {"team_invitation_id": team_invitation_id},
                ),
            ),
        )

    def decline_team_invitation(self, team_invitation_id: str) -> t.AnsweredInvitation:
        """Say no.

        `POST /worker/v1/team-invitations/{team_invitation_id}/decline`; needs `team.join`.
        """
        return cast(
            "t.AnsweredInvitation",
            self._call(
                "POST",
                self._path(
                    "/worker/v1/team-invitations/{team_invitation_id}/decline",
                    {"team_invitation_id": team_invitation_id},
                ),
            ),
        )

    def list_teams(self, *, cursor: str | None = None, limit: int | None = None) -> t.TeamPage:
        """List the open teams one is in, newest first.

        `GET /worker/v1/teams`; needs `team.join`.
        """
        return cast("t.TeamPage", self._call("GET", "/worker/v1/teams", query={"cursor": cursor, "limit": limit}))

    def iter_teams(self, *, limit: int | None = None) -> Iterator[t.Team]:
        """Walk the rows of all pages of `list_teams`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_teams(limit=limit, cursor=cursor))

    def leave_team(self, team_id: str) -> t.LeftTeam:
        """Leave a team; claims, answers and pay stay as they are.

        `POST /worker/v1/teams/{team_id}/leave`; needs `team.join`.
        """
        return cast(
            "t.LeftTeam", self._call("POST", self._path("/worker/v1/teams/{team_id}/leave", {"team_id": team_id}))
        )
