from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View


class AdjudicationQuery(ListQuery):
    """Filters of the queue."""

    job_id = PublicId("job")


class ChoiceView(View):
    """An accepted answer that can be chosen; who gave it is not told."""

    answer_id = PublicId("answer")
    content = fields.Dict(keys=fields.String())
    submitted_at = Instant()


class AdjudicationView(View):
    """An item on whose answers there is no agreement, and which gets no more of them."""

    item_id = PublicId("item")
    job_id = PublicId("job")
    job_title = fields.String()
    kind = fields.String()
    label_schema = fields.Dict(keys=fields.String())
    external_id = fields.String()
    item = fields.Dict(keys=fields.String(), metadata={"description": "The item's content."})
    media_path = fields.String(allow_none=True, metadata={"description": "A link for fifteen minutes."})
    waiting_since = Instant()
    agreement = fields.Float(allow_none=True, metadata={"description": "0 to 1; null for fewer than two answers."})
    answers = fields.List(fields.Nested(ChoiceView))


class AdjudicationInput(Input):
    """Either one of the answers, or one of your own; and why."""

    answer_id = PublicId("answer", load_default=None, allow_none=True)
    content = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={"description": "An answer of your own, valid under the job's label schema."},
    )
    reason = fields.String(required=True, validate=validate.Length(1, 4000))


class AdjudicatedView(View):
    """What was decided of an item; it is the item's consensus from now on."""

    item_id = PublicId("item")
    job_id = PublicId("job")
    answer_id = PublicId("answer", allow_none=True, metadata={"description": "Null for an answer of your own."})
    content = fields.Dict(keys=fields.String())
    reason = fields.String()
    decided_at = Instant()
