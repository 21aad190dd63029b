from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Instant, PublicId, View
from marketplace.work.models import DECIDED_BY
from marketplace.work.states import ANSWER


class OverlapProgressView(View):
    """Items that stop early or get further answers; counts."""

    items_waiting = fields.Integer(metadata={"description": "Want one more answer, which is asked for soon."})
    items_extended = fields.Integer(metadata={"description": "In a task for one more answer."})
    items_to_adjudicate = fields.Integer(metadata={"description": "Still without agreement at the most answers."})
    items_adjudicated = fields.Integer(metadata={"description": "Decided by a third person."})
    answers_held = fields.Integer(metadata={"description": "Further answers whose price is committed."})
    answers_stopped = fields.Integer(metadata={"description": "Further answers that will never be asked for."})


class ProgressView(View):
    """How far a job is; counts."""

    items = fields.Integer()
    items_withdrawn = fields.Integer(metadata={"description": "Of the items, taken back by the client."})
    tasks = fields.Integer()
    tasks_done = fields.Integer()
    seats_wanted = fields.Integer()
    seats_released = fields.Integer(metadata={"description": "Paid for by the reserve and given out so far."})
    seats_open = fields.Integer(metadata={"description": "Can be claimed now."})
    seats_taken = fields.Integer(metadata={"description": "Held, waiting for review or decided."})
    seats_withdrawn = fields.Integer()
    waiting_for_review = fields.Integer(metadata={"description": "Claims."})
    answers = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "Answers by state."})
    items_prelabeled = fields.Integer(metadata={"description": "Items that came with a model's proposal."})
    answers_as_prelabeled = fields.Integer(metadata={"description": "Answers that say what the model proposed."})
    answers_unlike_prelabel = fields.Integer(metadata={"description": "Answers that changed what the model proposed."})
    overlap = fields.Nested(
        OverlapProgressView,
        allow_none=True,
        metadata={"description": "Null for a job whose items get no further answers than its redundancy."},
    )


class CorrectionView(View):
    """A reviewer's corrected copy of an accepted answer."""

    content = fields.Dict(keys=fields.String())
    review_id = PublicId("review", metadata={"description": "The verdict that it came with."})
    created_at = Instant()


class ResultView(View):
    """An answer as the client gets it."""

    answer_id = PublicId("answer")
    item_id = PublicId("item")
    external_id = fields.String()
    rate = fields.String(attribute="rate_code")
    ordinal = fields.Integer()
    state = fields.String(validate=validate.OneOf(sorted(ANSWER.states)))
    attempt = fields.Integer()
    used = fields.Boolean(metadata={"description": "False for what is paid but not used."})
    content = fields.Dict(
        keys=fields.String(), allow_none=True, metadata={"description": "Null unless it is paid for."}
    )
    submitted_at = Instant()
    decided_at = Instant(allow_none=True)
    agreement = fields.Float(allow_none=True, metadata={"description": "0 to 1; null for a single answer."})
    consensus = fields.Dict(keys=fields.String(), allow_none=True)
    adjudicated = fields.Boolean(
        metadata={"description": "Whether the consensus is what a third person decided, for lack of agreement."}
    )
    prelabel_changed = fields.Boolean(
        allow_none=True,
        metadata={
            "description": "Whether the worker changed what a model had proposed; null without a proposal, and unless "
            "the answer is paid for."
        },
    )
    correction = fields.Nested(
        CorrectionView, allow_none=True, metadata={"description": "What a reviewer says it should have said."}
    )
    decided_by = fields.String(
        allow_none=True,
        validate=validate.OneOf((*DECIDED_BY, "dispute")),
        metadata={"description": "`sampling`: accepted, for it was not drawn for review."},
    )


class ResultQuery(ListQuery):
    """Filters of the list of results."""

    state = fields.String(validate=validate.OneOf(sorted(ANSWER.states)))
