from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from client_api.schemas.fields import Input, PublicId, View
from marketplace.settlement.bulk_accepting import CLAIMS_MAX


class AcceptInput(Input):
    """Which claims to accept: these, or the oldest of a job that wait for you."""

    claim_ids = fields.List(PublicId("claim"), validate=validate.Length(1, CLAIMS_MAX))
    job_id = PublicId("job")
    limit = fields.Integer(
        strict=True,
        validate=validate.Range(1, CLAIMS_MAX),
        metadata={"description": "Of a job, at most so many; 100 unless given.", "example": 100},
    )

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **kwargs: Any) -> None:
        del kwargs
        if ("claim_ids" in data) == ("job_id" in data):
            raise ValidationError("Name claims, or a job.", "claim_ids")
        if "claim_ids" in data and "limit" in data:
            raise ValidationError("Only for a job.", "limit")
        if len(set(data.get("claim_ids", ()))) < len(data.get("claim_ids", ())):
            raise ValidationError("A claim is named twice.", "claim_ids")


class AcceptedClaimView(View):
    """A claim of which every waiting answer was accepted."""

    claim_id = PublicId("claim")
    answer_count = fields.Integer(metadata={"description": "How many answers were accepted now."})


class RefusedClaimView(View):
    """A claim that was left as it is, and why."""

    claim_id = PublicId("claim")
    code = fields.String(
        metadata={
            "example": "state_conflict",
            "description": "The code of the problem: `not_found`, `review_own_answer`, or `state_conflict` where no "
            "answer of it waits.",
        }
    )
    detail = fields.String(metadata={"example": "No answer of this claim waits for a verdict."})


class AcceptedView(View):
    """What became of each claim."""

    accepted = fields.List(fields.Nested(AcceptedClaimView))
    refused = fields.List(fields.Nested(RefusedClaimView))
    answer_count = fields.Integer(metadata={"description": "Answers accepted, in all."})
