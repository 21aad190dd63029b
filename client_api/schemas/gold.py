from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, View, whole
from marketplace.jobs.gold import PASS_MIN_PPM

ITEMS_MAX = 1000
CODE = validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}$", error="1 to 40 lower-case letters, digits, - or _.")


class GoldPolicyInput(Input):
    """Which share of the claims gets a gold item, and from which agreement on its answer passes.

    Gold answers are paid like the others, from the allowance; when that is used up, no more are drawn.
    """

    share_ppm = whole(
        1, 1_000_000, required=True, metadata={"description": "Of the claims, in parts per million; 100000 is 10 %."}
    )
    pass_min_ppm = whole(
        0,
        1_000_000,
        load_default=PASS_MIN_PPM,
        metadata={"description": "The least agreement with the expected answer, in parts per million."},
    )


class GoldPolicyView(View):
    """Which share of the claims gets a gold item, and from which agreement on its answer passes."""

    share_ppm = fields.Integer()
    pass_min_ppm = fields.Integer()


class GoldRowInput(Input):
    """An item like those of the job, and the answer that is right. Workers see neither its name nor that it is gold."""

    external_id = fields.String(required=True, validate=validate.Length(1, 200))
    rate = fields.String(required=True, validate=CODE)
    content = fields.Dict(required=True, keys=fields.String())
    expected = fields.Dict(
        required=True, keys=fields.String(), metadata={"description": "Valid under the job's label schema."}
    )


class GoldItemsInput(Input):
    """Gold items to add, all or none; what is there already is passed over."""

    items = fields.List(fields.Nested(GoldRowInput), required=True, validate=validate.Length(1, ITEMS_MAX))


class GoldAddedView(View):
    """How many were added."""

    added = fields.Integer()
    skipped_existing = fields.Integer()


class GoldItemView(View):
    """A gold item and what became of it."""

    id = PublicId("item", attribute="item.id")
    job_id = PublicId("job", attribute="item.job_id")
    rate = fields.String(attribute="item.rate_code")
    external_id = fields.String(attribute="item.external_id")
    content = fields.Dict(keys=fields.String(), attribute="item.content")
    expected = fields.Dict(keys=fields.String(), attribute="item.expected")
    state = fields.String(attribute="item.state", validate=validate.OneOf(("active", "retired")))
    retired_at = Instant(attribute="item.retired_at", allow_none=True)
    retired_reason = fields.String(attribute="item.retired_reason", allow_none=True)
    answers = fields.Integer(metadata={"description": "Given by so many workers, one each."})
    passed = fields.Integer()
    score_ppm = fields.Integer(
        allow_none=True, metadata={"description": "Their mean agreement with the expected answer, parts per million."}
    )
    created_at = Instant(attribute="item.created_at")


class RetireGoldInput(Input):
    """Why it is drawn no more."""

    reason = fields.String(required=True, validate=validate.Length(1, 1000))
