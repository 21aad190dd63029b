from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.identity.states import EXPIRED, INVITATION, ORGANIZATION
from marketplace.identity.values import EMAIL_LENGTH_MAX, NAME_LENGTH_MAX

_ROLES: Final = sorted(set(ROLE_NAMES) - {"worker"})
_STATES: Final = [*sorted(INVITATION.states), EXPIRED]
_NAME: Final = validate.Length(1, NAME_LENGTH_MAX)


class OwnOrganizationView(View):
    """The organization that the key acts for."""

    id = PublicId("organization")
    kind = fields.String(validate=validate.OneOf(["client", "subcontractor", "platform"]))
    name = fields.String()
    country = fields.String(metadata={"example": "KE", "description": "ISO 3166-1 alpha-2."})
    state = fields.String(validate=validate.OneOf(sorted(ORGANIZATION.states)))
    decision_reason = fields.String(allow_none=True, metadata={"description": "What operations said of its state."})
    created_at = Instant()
    version = fields.Integer()


class OrganizationChange(Input):
    """What to change; what is left out stays."""

    name = fields.String(validate=_NAME, metadata={"example": "Riverbend Labeling"})
    country = fields.String(validate=validate.Regexp("^[A-Za-z]{2}$"), metadata={"example": "KE"})


class PermissionView(View):
    """One thing that a role may do."""

    name = fields.String(metadata={"example": "job.read"})
    description = fields.String()


class RoleView(View):
    """A role of this kind of organization."""

    role = fields.String(validate=validate.OneOf(_ROLES))
    name = fields.String()
    permissions = fields.List(fields.Nested(PermissionView))


class MemberRoleView(View):
    """A role that a member has."""

    role = fields.String(validate=validate.OneOf(_ROLES))
    since = Instant(attribute="created_at")


class MemberView(View):
    """A person with a role in your organization."""

    person_id = PublicId("person", attribute="id")
    name = fields.String()
    email = fields.String()
    verified = fields.Boolean(metadata={"description": "Whether they have ever opened a mailed link."})
    roles = fields.List(fields.Nested(MemberRoleView), metadata={"description": "Empty once the last one was taken."})


class RoleInput(Input):
    """A role to give or to take."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES), metadata={"example": "reviewer"})


class InvitationInput(Input):
    """Whom to invite, and to which role."""

    email = fields.String(
        required=True, validate=validate.Length(1, EMAIL_LENGTH_MAX), metadata={"example": "lee@example.org"}
    )
    name = fields.String(
        required=True,
        validate=_NAME,
        metadata={"example": "Lee Njeri", "description": "How the mail addresses them; they may correct it."},
    )
    role = fields.String(required=True, validate=validate.OneOf(_ROLES), metadata={"example": "reviewer"})


class InvitationQuery(ListQuery):
    """Filters of the list of invitations."""

    state = fields.String(validate=validate.OneOf(_STATES))


class InvitationView(View):
    """A role offered by mail."""

    id = PublicId("invitation")
    email = fields.String()
    name = fields.String()
    role = fields.String(validate=validate.OneOf(_ROLES))
    state = fields.String(
        validate=validate.OneOf(_STATES),
        metadata={"description": "`expired` is a pending one past its end; it can be sent again."},
    )
    invited_by = PublicId("person", attribute="invited_by_person_id", allow_none=True)
    verify_code = fields.String(
        allow_none=True,
        metadata={
            "description": "Anybody who holds it sees at `/verify/{code}`, or as JSON at `/v1/verify/{code}`, who "
            "invites for what, that it is free, and until when; it accepts nothing."
        },
    )
    person_id = PublicId("person", allow_none=True, metadata={"description": "Who accepted."})
    times_sent = fields.Integer()
    created_at = Instant()
    expires_at = Instant()
    decided_at = Instant(allow_none=True)
