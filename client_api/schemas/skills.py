from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, View
from client_api.schemas.jobs import CODE
from marketplace.identity.skills import TEXT_MAX
from marketplace.web.api_parts import example_id

TEXT = validate.Length(1, TEXT_MAX)


class SkillInput(Input):
    """Something your organization says of workers."""

    code = fields.String(required=True, validate=CODE, metadata={"example": "lidar"})
    name = fields.String(required=True, validate=validate.Length(1, 120), metadata={"example": "Point clouds"})
    description = fields.String(
        required=True,
        validate=TEXT,
        metadata={
            "description": "What the worker shows; workers read it.",
            "example": "Passed the course and its test.",
        },
    )


class SkillView(View):
    """A skill of an organization."""

    id = PublicId("skill")
    organization_id = PublicId("organization")
    code = fields.String()
    name = fields.String()
    description = fields.String()
    created_at = Instant()


class SkillGrantInput(Input):
    """That a worker has the skill, until when, and why."""

    worker_id = PublicId("person", required=True)
    expires_at = Instant(required=True, metadata={"description": "By the market's clock; at most five years ahead."})
    reason = fields.String(required=True, validate=TEXT, metadata={"description": "The worker reads it."})


class ReasonInput(Input):
    """Why."""

    reason = fields.String(
        required=True,
        validate=TEXT,
        metadata={
            "description": "The one concerned reads it.",
            "example": "The course was renewed; please take it again.",
        },
    )


class SkillGrantView(View):
    """A worker's skill, from its grant to its end."""

    id = PublicId("skill_grant", attribute="grant.id")
    skill_id = PublicId("skill", attribute="skill.id")
    worker_id = PublicId("person", attribute="grant.person_id")
    state = fields.String(validate=validate.OneOf(("live", "expired", "revoked")))
    reason = fields.String(attribute="grant.reason")
    granted_at = Instant(attribute="grant.granted_at")
    expires_at = Instant(attribute="grant.expires_at")
    revoked_at = Instant(attribute="revocation.revoked_at", allow_none=True, dump_default=None)
    revocation_reason = fields.String(attribute="revocation.reason", allow_none=True, dump_default=None)


SKILL_EXAMPLE = {
    "code": "lidar",
    "name": "Point clouds",
    "description": "Passed the course on point clouds and its test.",
}
SKILL_GRANT_EXAMPLE = {
    "worker_id": example_id("person"),
    "expires_at": "2028-01-15T00:00:00Z",
    "reason": "Passed the test with 96 of 100 on 15 January.",
}
REASON_EXAMPLE = {"reason": "The course was renewed; please take it again."}
