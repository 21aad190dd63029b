from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, View
from marketplace.jobs.practice import EXPLANATION_MAX, ITEMS_MAX


class PracticeRowInput(Input):
    """An item like those of the job, the answer that is right, and why; workers read all of it before they claim."""

    external_id = fields.String(required=True, validate=validate.Length(1, 200))
    content = fields.Dict(
        required=True, keys=fields.String(), metadata={"description": "As of an item of the job, without addresses."}
    )
    expected = fields.Dict(
        required=True, keys=fields.String(), metadata={"description": "Valid under the job's label schema."}
    )
    explanation = fields.String(load_default="", validate=validate.Length(0, EXPLANATION_MAX))
    is_example = fields.Boolean(
        load_default=False, metadata={"description": "Shown with its answer, instead of being answered first."}
    )


class PracticeItemsInput(Input):
    """Practice items to add, all or none; what is there already is passed over."""

    items = fields.List(fields.Nested(PracticeRowInput), required=True, validate=validate.Length(1, ITEMS_MAX))


class PracticeAddedView(View):
    """How many were added."""

    added = fields.Integer()
    skipped_existing = fields.Integer()


class PracticeItemView(View):
    """A practice item of a job."""

    id = PublicId("item")
    job_id = PublicId("job")
    external_id = fields.String()
    content = fields.Dict(keys=fields.String())
    expected = fields.Dict(keys=fields.String())
    explanation = fields.String()
    is_example = fields.Boolean()
    created_at = Instant()
