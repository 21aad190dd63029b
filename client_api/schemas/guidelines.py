"""Versions of a job's guideline."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, View

TEXT_MAX = 100_000


class RuleSchema(Input):
    """A rule that a rejection can cite."""

    id = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "G1"})
    text = fields.String(
        required=True, validate=validate.Length(1, 10_000), metadata={"example": "Boxes are tight to the object."}
    )


class GuidelineInput(Input):
    """A version of the guideline; claims made from now on freeze it."""

    text = fields.String(required=True, validate=validate.Length(1, TEXT_MAX))
    rules = fields.List(fields.Nested(RuleSchema), load_default=list, validate=validate.Length(max=200))


class GuidelineView(View):
    """A version of a job's guideline."""

    job_id = PublicId("job")
    version = fields.Integer()
    text = fields.String()
    rules = fields.List(fields.Nested(RuleSchema))
    created_at = Instant()


class GuidelinesView(View):
    """All versions of a job's guideline, the newest first."""

    version = fields.Integer(metadata={"description": "The newest; 0 before the first."})
    data = fields.List(fields.Nested(GuidelineView))
