"""Teams of workers: who is in one has agreed to it, and may leave at any time.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource
from client_api.client.values import Version


class Teams(Resource):
    """Teams of workers: who is in one has agreed to it, and may leave at any time."""

    def read_team_invitation(self, team_invitation_id: str) -> t.TeamInvitation:
        """Read an invitation to a team.

        `GET /v1/team-invitations/{team_invitation_id}`; needs `team.read`.
        """
        return cast(
            "t.TeamInvitation",
            self._call(
                "GET",
                self._path("/v1/team-invitations/{team_invitation_id}", {"team_invitation_id": team_invitation_id}),
            ),
        )

    def revoke_team_invitation(self, team_invitation_id: str) -> t.TeamInvitation:
        """Take back an invitation that nobody has answered.

        `POST /v1/team-invitations/{team_invitation_id}/revoke`; needs `team.manage`.
        """
        return cast(
            "t.TeamInvitation",
            self._call(
                "POST",
                self._path(
                    "/v1/team-invitations/{team_invitation_id}/revoke", {"team_invitation_id": team_invitation_id}
                ),
            ),
        )

    def list_teams(
        self, *, cursor: str | None = None, limit: int | None = None, state: Literal["closed", "open"] | None = None
    ) -> t.TeamPage:
        """List your organization's teams, the newest first.

        `GET /v1/teams`; needs `team.read`.
        """
        return cast(
            "t.TeamPage", self._call("GET", "/v1/teams", query={"cursor": cursor, "limit": limit, "state": state})
        )

    def iter_teams(
        self, *, limit: int | None = None, state: Literal["closed", "open"] | None = None
    ) -> Iterator[t.Team]:
        """Walk the rows of all pages of `list_teams`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_teams(limit=limit, state=state, cursor=cursor))

    def create_team(self, body: t.TeamInput, *, idempotency_key: str | None = None) -> t.Team:
        """Make an empty team; workers join it by accepting an invitation.

        `POST /v1/teams`; needs `team.manage`.
        """
        return cast("t.Team", self._call("POST", "/v1/teams", body=body, idempotency_key=idempotency_key, keyed=True))

    def read_team(self, team_id: str) -> t.Team:
        """Read a team; its ETag is what a change sends back.

        `GET /v1/teams/{team_id}`; needs `team.read`.
        """
        return cast("t.Team", self._call("GET", self._path("/v1/teams/{team_id}", {"team_id": team_id})))

    def rename_team(self, team_id: str, body: t.TeamInput, *, if_match: Version) -> t.Team:
        """Give a team another name.

        `PATCH /v1/teams/{team_id}`; needs `team.manage`.
        """
        return cast(
            "t.Team",
            self._call("PATCH", self._path("/v1/teams/{team_id}", {"team_id": team_id}), body=body, if_match=if_match),
        )

    def close_team(self, team_id: str) -> t.Team:
        """Close a team for good: nobody is in it any more, and nobody can join. Work and pay stay as
        they are.

        `POST /v1/teams/{team_id}/close`; needs `team.manage`.
        """
        return cast("t.Team", self._call("POST", self._path("/v1/teams/{team_id}/close", {"team_id": team_id})))

    def list_team_invitations(
        self,
        team_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["accepted", "declined", "pending", "revoked", "expired"] | None = None,
    ) -> t.TeamInvitationPage:
        """List who was invited to a team, the newest first.

        `GET /v1/teams/{team_id}/invitations`; needs `team.read`.
        """
        return cast(
            "t.TeamInvitationPage",
            self._call(
                "GET",
                self._path("/v1/teams/{team_id}/invitations", {"team_id": team_id}),
                query={"cursor": cursor, "limit": limit, "state": state},
            ),
        )

    def iter_team_invitations(
        self,
        team_id: str,
        *,
        limit: int | None = None,
        state: Literal["accepted", "declined", "pending", "revoked", "expired"] | None = None,
    ) -> Iterator[t.TeamInvitation]:
        """Walk the rows of all pages of `list_team_invitations`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_team_invitations(team_id, limit=limit, state=state, cursor=cursor))

    def invite_to_team(
        self, team_id: str, body: t.TeamInvitationInput, *, idempotency_key: str | None = None
    ) -> t.TeamInvitation:
        """Invite the worker with an address: they get a mail, and are in the team once they accept.

        Whether the address is known here makes no difference to this answer.

        `POST /v1/teams/{team_id}/invitations`; needs `team.manage`.
        """
        return cast(
            "t.TeamInvitation",
            self._call(
                "POST",
                self._path("/v1/teams/{team_id}/invitations", {"team_id": team_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_team_members(
        self, team_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.TeamMemberPage:
        """List the workers in a team, in the order in which they joined.

        `GET /v1/teams/{team_id}/members`; needs `team.read`.
        """
        return cast(
            "t.TeamMemberPage",
            self._call(
                "GET",
                self._path("/v1/teams/{team_id}/members", {"team_id": team_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_team_members(self, team_id: str, *, limit: int | None = None) -> Iterator[t.TeamMember]:
        """Walk the rows of all pages of `list_team_members`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_team_members(team_id, limit=limit, cursor=cursor))

    def remove_team_member(self, team_id: str, person_id: str) -> None:
        """Take a worker out of a team; what they hold and have earned stays theirs.

        `POST /v1/teams/{team_id}/members/{person_id}/remove`; needs `team.manage`.
        """
        self._call(
            "POST",
            self._path("/v1/teams/{team_id}/members/{person_id}/remove", {"team_id": team_id, "person_id": person_id}),
        )
