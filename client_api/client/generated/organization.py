"""Your organization: its people, their roles, and who is invited.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource
from client_api.client.values import Version


class Organization(Resource):
    """Your organization: its people, their roles, and who is invited."""

    def list_invitations(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["accepted", "declined", "pending", "revoked", "expired"] | None = None,
    ) -> t.InvitationPage:
        """List your organization's invitations, the newest first.

        `GET /v1/invitations`; needs `member.manage`.
        """
        return cast(
            "t.InvitationPage",
            self._call("GET", "/v1/invitations", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_invitations(
        self,
        *,
        limit: int | None = None,
        state: Literal["accepted", "declined", "pending", "revoked", "expired"] | None = None,
    ) -> Iterator[t.Invitation]:
        """Walk the rows of all pages of `list_invitations`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_invitations(limit=limit, state=state, cursor=cursor))

    def invite_person(self, body: t.InvitationInput, *, idempotency_key: str | None = None) -> t.Invitation:
        """Invite a person: they get a mail with a link that works once, for a week, and belong to you
        once they accept.

        Whether the address is known here makes no difference to this answer.

        `POST /v1/invitations`; needs `member.manage`.
        """
        return cast(
            "t.Invitation",
            self._call("POST", "/v1/invitations", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_invitation(self, invitation_id: str) -> t.Invitation:
        """Read an invitation of your organization.

        `GET /v1/invitations/{invitation_id}`; needs `member.manage`.
        """
        return cast(
            "t.Invitation",
            self._call("GET", self._path("/v1/invitations/{invitation_id}", {"invitation_id": invitation_id})),
        )

    def resend_invitation(self, invitation_id: str, *, idempotency_key: str | None = None) -> t.Invitation:
        """Mail an unanswered invitation again, with a new link and a new week; the link before it
        stops working.

        `POST /v1/invitations/{invitation_id}/resend`; needs `member.manage`.
        """
        return cast(
            "t.Invitation",
            self._call(
                "POST",
                self._path("/v1/invitations/{invitation_id}/resend", {"invitation_id": invitation_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def revoke_invitation(self, invitation_id: str) -> t.Invitation:
        """Take an unanswered invitation back: its link stops working.

        `POST /v1/invitations/{invitation_id}/revoke`; needs `member.manage`.
        """
        return cast(
            "t.Invitation",
            self._call("POST", self._path("/v1/invitations/{invitation_id}/revoke", {"invitation_id": invitation_id})),
        )

    def list_members(self, *, cursor: str | None = None, limit: int | None = None) -> t.MemberPage:
        """List the people of your organization with their roles, by name.

        `GET /v1/members`; needs `member.manage`.
        """
        return cast("t.MemberPage", self._call("GET", "/v1/members", query={"cursor": cursor, "limit": limit}))

    def iter_members(self, *, limit: int | None = None) -> Iterator[t.Member]:
        """Walk the rows of all pages of `list_members`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_members(limit=limit, cursor=cursor))

    def read_member(self, person_id: str) -> t.Member:
        """Read a person of your organization.

        `GET /v1/members/{person_id}`; needs `member.manage`.
        """
        return cast("t.Member", self._call("GET", self._path("/v1/members/{person_id}", {"person_id": person_id})))

    def add_member_role(self, person_id: str, body: t.RoleInput) -> t.Member:
        """Give a further role to somebody who belongs to your organization; others are invited.

        A second time changes nothing.

        `POST /v1/members/{person_id}/add-role`; needs `member.manage`.
        """
        return cast(
            "t.Member",
            self._call("POST", self._path("/v1/members/{person_id}/add-role", {"person_id": person_id}), body=body),
        )

    def remove_member_role(self, person_id: str, body: t.RoleInput) -> t.Member:
        """Take a role from somebody; who has none left belongs to your organization no more, and their
        keys end.

        The last person who can manage the organization stays.

        `POST /v1/members/{person_id}/remove-role`; needs `member.manage`.
        """
        return cast(
            "t.Member",
            self._call("POST", self._path("/v1/members/{person_id}/remove-role", {"person_id": person_id}), body=body),
        )

    def read_organization(self) -> t.OwnOrganization:
        """Read the organization that the key acts for; its ETag is what a change sends back.

        `GET /v1/organization`.
        """
        return cast("t.OwnOrganization", self._call("GET", "/v1/organization"))

    def change_organization(self, body: t.OrganizationChange | None = None, *, if_match: Version) -> t.OwnOrganization:
        """Change the name or the country of your organization.

        `PATCH /v1/organization`; needs `organization.change`.
        """
        return cast("t.OwnOrganization", self._call("PATCH", "/v1/organization", body=body, if_match=if_match))

    def list_roles(self) -> t.RolePage:
        """List the roles that people of your kind of organization can have, and what each may do.

        `GET /v1/roles`.
        """
        return cast("t.RolePage", self._call("GET", "/v1/roles"))
