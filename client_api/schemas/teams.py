from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from marketplace.identity.states import EXPIRED, INVITATION, TEAM
from marketplace.identity.values import EMAIL_LENGTH_MAX, NAME_LENGTH_MAX

_STATES: Final = [*sorted(INVITATION.states), EXPIRED]


class TeamQuery(ListQuery):
    """Filters of the list of teams."""

    state = fields.String(validate=validate.OneOf(sorted(TEAM.states)))


class TeamInput(Input):
    """A team's name."""

    name = fields.String(
        required=True, validate=validate.Length(1, NAME_LENGTH_MAX), metadata={"example": "Night shift"}
    )


class TeamView(View):
    """A team of workers."""

    id = PublicId("team")
    organization_id = PublicId("organization")
    name = fields.String()
    state = fields.String(
        validate=validate.OneOf(sorted(TEAM.states)), metadata={"description": "Nobody is in a closed team any more."}
    )
    workers = fields.Integer(metadata={"description": "How many are in it."})
    version = fields.Integer()
    created_at = Instant()
    closed_at = Instant(allow_none=True)


class TeamMemberView(View):
    """A worker in a team."""

    person_id = PublicId("person", attribute="member.person_id")
    name = fields.String()
    joined_at = Instant(attribute="member.joined_at")


class TeamInvitationInput(Input):
    """Which worker to invite."""

    email = fields.String(
        required=True, validate=validate.Length(1, EMAIL_LENGTH_MAX), metadata={"example": "amina@example.org"}
    )


class TeamInvitationQuery(ListQuery):
    """Filters of the list of invitations."""

    state = fields.String(validate=validate.OneOf(_STATES))


class TeamInvitationView(View):
    """A place in a team, offered to the worker with an address."""

    id = PublicId("team_invitation")
    team_id = PublicId("team")
    email = fields.String()
    state = fields.String(validate=validate.OneOf(_STATES))
    invited_by = PublicId("person", attribute="invited_by_person_id", allow_none=True)
    verify_code = fields.String(
        allow_none=True,
        metadata={
            "description": "Anybody who holds it sees at `/verify/{code}`, or as JSON at `/v1/verify/{code}`, who "
            "invites for what, that it is free, and until when; it accepts nothing."
        },
    )
    created_at = Instant()
    expires_at = Instant()
    decided_at = Instant(allow_none=True)
