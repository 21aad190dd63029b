from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.states import ANSWER, CLAIM, DISPUTE

VERDICTS_MAX = 1000


class VerdictInput(Input):
    """What a reviewer says about one answer."""

    answer_id = PublicId("answer", required=True)
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(("accept", "redo", "reject", "pay_not_use")),
        metadata={"example": "redo", "description": "A rejection cites a rule of the frozen guideline."},
    )
    category = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(sorted(REVIEW_CATEGORIES)))
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 4000))
    rule = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40), metadata={"example": "G1"})


class VerdictsInput(Input):
    """Verdicts on answers of one claim."""

    verdicts = fields.List(fields.Nested(VerdictInput), required=True, validate=validate.Length(1, VERDICTS_MAX))


class DecidedView(View):
    """What became of a claim and its answers."""

    claim_id = PublicId("claim")
    claim_state = fields.String(validate=validate.OneOf(sorted(CLAIM.states)))
    accepted = fields.List(PublicId("answer"))
    paid_not_used = fields.List(PublicId("answer"))
    redo = fields.List(PublicId("answer"))
    rejected = fields.List(PublicId("answer"))


class ReviewQuery(ListQuery):
    """Filters of the queue."""

    job_id = PublicId("job")
    contract_id = PublicId("contract")


class DisputeView(View):
    """A worker contests a rejection, or a redo that lapsed."""

    id = PublicId("dispute")
    answer_id = PublicId("answer")
    job_id = PublicId("job")
    state = fields.String(validate=validate.OneOf(sorted(DISPUTE.states)))
    reason = fields.String()
    response = fields.String(allow_none=True)
    decision = fields.String(allow_none=True)
    opened_at = Instant()
    deadline_at = Instant(metadata={"description": "Silence until then decides for the worker."})
    decided_at = Instant(allow_none=True)


class DisputeQuery(ListQuery):
    """Filters of the list of disputes."""

    state = fields.String(validate=validate.OneOf(sorted(DISPUTE.states)))


class DecisionInput(Input):
    """How a dispute ends."""

    decision = fields.String(
        required=True,
        validate=validate.OneOf(("upheld", "overturned")),
        metadata={"description": "`upheld`: the rejection stands; `overturned`: the worker is paid."},
    )
    reason = fields.String(required=True, validate=validate.Length(1, 5000))


ANSWER_STATES = sorted(ANSWER.states)
