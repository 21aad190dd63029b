"""One's own organization: its name, its people and their roles, and who is invited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.organization import (
    InvitationInput,
    InvitationQuery,
    InvitationView,
    MemberView,
    OrganizationChange,
    OwnOrganizationView,
    RoleInput,
    RoleView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.identity import directory, inviting, organizations, queries
from marketplace.identity.models import Invitation, Organization, Person
from marketplace.identity.permissions import DESCRIPTIONS, ROLE_NAMES, ROLES, ROLES_BY_KIND
from marketplace.web.context import get_context
from marketplace.web.guard import SIGNED_IN

organization = Theme("organization", "Your organization: its people, their roles, and who is invited.")


@organization.operation("GET", "/organization", permission=SIGNED_IN, returns=OwnOrganizationView, versioned=True)
def read_organization() -> Organization:
    """Read the organization that the key acts for; its ETag is what a change sends back."""
    return organizations.own_organization(session(), actor())


@organization.operation(
    "PATCH",
    "/organization",
    permission="organization.change",
    body=OrganizationChange,
    example={"name": "Riverbend Labeling"},
    returns=OwnOrganizationView,
    versioned=True,
    if_match=True,
)
def change_organization(body: dict[str, Any], version: int) -> Organization:
    """Change the name or the country of your organization."""
    return organizations.change_organization(session(), actor(), actor().organization, version, body)


@organization.operation("GET", "/roles", permission=SIGNED_IN, returns=RoleView, page=True)
def list_roles() -> Page[Any]:
    """List the roles that people of your kind of organization can have, and what each may do."""
    kind = organizations.own_organization(session(), actor()).kind
    return Page([_role(role) for role in ROLES_BY_KIND[kind]], None)


@organization.operation("GET", "/members", permission="member.manage", query=ListQuery, returns=MemberView, page=True)
def list_members(query: dict[str, Any]) -> Page[With]:
    """List the people of your organization with their roles, by name."""
    page = queries.member_people(session(), actor(), **query)
    return Page(_members(page.data), page.next_cursor)


@organization.operation("GET", "/members/{person_id}", permission="member.manage", returns=MemberView)
def read_member(person_id: UUID) -> With:
    """Read a person of your organization."""
    return _members([queries.get_member(session(), actor(), person_id)])[0]


@organization.operation(
    "POST",
    "/members/{person_id}/add-role",
    permission="member.manage",
    body=RoleInput,
    returns=MemberView,
)
def add_member_role(body: dict[str, Any], person_id: UUID) -> With:
    """Give a further role to somebody who belongs to your organization; others are invited.

    A second time changes nothing.
    """
    member = queries.get_member(session(), actor(), person_id)
    directory.add_member(session(), actor(), person_id, actor().organization, body["role"])
    return _members([member])[0]


@organization.operation(
    "POST",
    "/members/{person_id}/remove-role",
    permission="member.manage",
    body=RoleInput,
    returns=MemberView,
    refusals=[409],
)
def remove_member_role(body: dict[str, Any], person_id: UUID) -> With:
    """Take a role from somebody; who has none left belongs to your organization no more, and their keys end.

    The last person who can manage the organization stays.
    """
    member = queries.get_member(session(), actor(), person_id)
    directory.remove_member(session(), actor(), person_id, actor().organization, body["role"])
    return _members([member])[0]


@organization.operation(
    "GET", "/invitations", permission="member.manage", query=InvitationQuery, returns=InvitationView, page=True
)
def list_invitations(query: dict[str, Any]) -> Page[With]:
    """List your organization's invitations, the newest first."""
    page = queries.invitations(session(), actor(), **query)
    return Page([With(invitation, state=state) for invitation, state in page.data], page.next_cursor)


@organization.operation(
    "POST",
    "/invitations",
    permission="member.manage",
    body=InvitationInput,
    example={"email": "lee@example.org", "name": "Lee Njeri", "role": "reviewer"},
    returns=InvitationView,
    status=201,
    idempotent=True,
    refusals=[429],
    location="/invitations/{id}",
)
def invite_person(body: dict[str, Any]) -> Invitation:
    """Invite a person: they get a mail with a link that works once, for a week, and belong to you once they accept.

    Whether the address is known here makes no difference to this answer.
    """
    context = get_context()
    return inviting.invite(
        session(), actor(), context.mailer, actor().organization, **body, public_url=context.settings.public_url
    )


@organization.operation("GET", "/invitations/{invitation_id}", permission="member.manage", returns=InvitationView)
def read_invitation(invitation_id: UUID) -> With:
    """Read an invitation of your organization."""
    return _invitation(invitation_id)


@organization.operation(
    "POST",
    "/invitations/{invitation_id}/resend",
    permission="member.manage",
    returns=InvitationView,
    idempotent=True,
    refusals=[429],
)
def resend_invitation(invitation_id: UUID) -> With:
    """Mail an unanswered invitation again, with a new link and a new week; the link before it stops working."""
    context = get_context()
    inviting.resend(session(), actor(), context.mailer, invitation_id, public_url=context.settings.public_url)
    return _invitation(invitation_id)


@organization.operation(
    "POST", "/invitations/{invitation_id}/revoke", permission="member.manage", returns=InvitationView, refusals=[409]
)
def revoke_invitation(invitation_id: UUID) -> Invitation:
    """Take an unanswered invitation back: its link stops working."""
    return inviting.revoke(session(), actor(), invitation_id)


def _invitation(invitation_id: UUID) -> With:
    invitation, state = queries.get_invitation(session(), actor(), invitation_id)
    return With(invitation, state=state)


def _members(people: Sequence[Person]) -> list[With]:
    roles = queries.member_roles(session(), actor(), [person.id for person in people])
    return [
        With(person, roles=roles.get(person.id, []), verified=person.email_verified_at is not None) for person in people
    ]


def _role(role: str) -> dict[str, Any]:
    permissions = [{"name": name, "description": DESCRIPTIONS[name]} for name in sorted(ROLES[role])]
    return {"role": role, "name": ROLE_NAMES[role], "permissions": permissions}
