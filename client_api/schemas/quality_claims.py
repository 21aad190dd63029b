"""Claims about the quality of accepted answers."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View
from marketplace.settlement.quality_claiming import ANSWERS_MAX
from marketplace.settlement.quality_states import QUALITY_CLAIM
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.texts import TEXT_LENGTH_MAX

_STATES = validate.OneOf(sorted(QUALITY_CLAIM.states))
_TEXT = validate.Length(1, TEXT_LENGTH_MAX)


class QualityClaimInput(Input):
    """Which accepted answers are not good, why, and what is wanted back."""

    answer_ids = fields.List(
        PublicId("answer"),
        required=True,
        validate=validate.Length(1, ANSWERS_MAX),
        metadata={"description": "Of one job, all vouched for by one layer."},
    )
    category = fields.String(required=True, validate=validate.OneOf(sorted(REVIEW_CATEGORIES)))
    rule = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "A rule of the guideline that the work had frozen; a client must cite one."},
    )
    reason = fields.String(required=True, validate=_TEXT)
    amount = MoneyField(
        required=True,
        metadata={
            "description": "At most the job's `quality_share_ppm` of what you pay for these answers to the layers "
            "below you. Upheld, it brings just that."
        },
    )


class QualityClaimView(View):
    """A claim between its claimant and the layer that vouched for the answers."""

    id = PublicId("quality_claim")
    job_id = PublicId("job")
    contract_id = PublicId(
        "contract",
        allow_none=True,
        metadata={"description": "Of the layer that vouched; null where that layer is hidden from you."},
    )
    claimant_organization_id = PublicId(
        "organization", allow_none=True, metadata={"description": "Null: a layer above that is hidden from you."}
    )
    against_organization_id = PublicId(
        "organization", allow_none=True, metadata={"description": "Null: a layer below that is hidden from you."}
    )
    answer_ids = fields.List(PublicId("answer"))
    state = fields.String(validate=_STATES)
    category = fields.String()
    rule = fields.String(allow_none=True)
    reason = fields.String()
    response = fields.String(allow_none=True)
    decision_reason = fields.String(attribute="decision", allow_none=True)
    asked = MoneyField()
    awarded = MoneyField(
        metadata={"description": "What is given back: nothing until it is upheld, then what was asked."}
    )
    collected = MoneyField(metadata={"description": "What of that is back in the job's reserve: nothing, or all."})
    uncollected = MoneyField(
        metadata={"description": "What of it is still to come: all of it at one time, once the layer's margins reach."}
    )
    written_off = MoneyField(metadata={"description": "What of it the layer could never give."})
    opened_at = Instant()
    deadline_at = Instant(metadata={"description": "Silence of the layer until then decides for the claimant."})
    decided_at = Instant(allow_none=True)


class QualityClaimQuery(ListQuery):
    """Filters of the list of quality claims."""

    state = fields.String(validate=_STATES)
    job_id = PublicId("job")


class QualityClaimResponse(Input):
    """Why the layer contests a claim."""

    response = fields.String(required=True, validate=_TEXT)


class QualityClaimDecision(Input):
    """How a contested claim ends."""

    decision = fields.String(required=True, validate=validate.OneOf(("upheld", "dismissed")))
    reason = fields.String(required=True, validate=_TEXT, metadata={"description": "Both sides read it."})
