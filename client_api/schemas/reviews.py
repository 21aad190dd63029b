from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from client_api.schemas.work import CorrectionView
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.models import DECIDED_BY
from marketplace.work.review_queue import ORDERS
from marketplace.work.states import ANSWER, CLAIM

VERDICTS_MAX = 1000
VERDICTS = ("accept", "redo", "reject", "pay_not_use")
CONTENT = {"description": "What was answered; null for the client once it is finally rejected: no data without pay."}


class VerdictInput(Input):
    """What a reviewer says about one answer."""

    answer_id = PublicId("answer", required=True)
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(VERDICTS),
        metadata={"example": "redo", "description": "A rejection cites a rule of the frozen guideline."},
    )
    category = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(sorted(REVIEW_CATEGORIES)))
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 4000))
    rule = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 40), metadata={"example": "G1"}
    )
    correction = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={"description": "With an accept: a corrected copy of the answer, kept beside it and given with it."},
    )


class VerdictsInput(Input):
    """Verdicts on answers of one claim."""

    verdicts = fields.List(fields.Nested(VerdictInput), required=True, validate=validate.Length(1, VERDICTS_MAX))
    pay_redo_fee = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={
            "description": "Ask for a redo beyond the job's limit: your layer pays the worker again, out of its margin."
        },
    )


class DecidedView(View):
    """What became of a claim and its answers."""

    claim_id = PublicId("claim")
    claim_state = fields.String(validate=validate.OneOf(sorted(CLAIM.states)))
    accepted = fields.List(PublicId("answer"))
    paid_not_used = fields.List(PublicId("answer"))
    redo = fields.List(PublicId("answer"))
    rejected = fields.List(PublicId("answer"))
    held = fields.List(
        PublicId("answer"),
        metadata={"description": "Rejected, without effect until another side decides: too much was rejected."},
    )


class ReviewQuery(ListQuery):
    """Filters of the queue."""

    job_id = PublicId("job")
    contract_id = PublicId("contract")
    held = fields.Boolean(
        load_default=False, metadata={"description": "Instead, claims with rejections held for your side to decide."}
    )
    sampled = fields.Boolean(load_default=False, metadata={"description": "Only claims with answers that were drawn."})
    order = fields.String(
        load_default="oldest",
        validate=validate.OneOf(ORDERS),
        metadata={"description": "Oldest submission first, or nearest to when silence accepts."},
    )


class ReviewLineView(View):
    """A claim that waits for review."""

    claim_id = PublicId("claim", attribute="claim.id")
    job_id = PublicId("job", attribute="job.id")
    job_title = fields.String(attribute="job.title")
    contract_id = PublicId("contract", attribute="batch.contract_id")
    rate = fields.String(attribute="batch.rate_code")
    item_count = fields.Integer(attribute="claim.item_count")
    attempt = fields.Integer(attribute="claim.attempt")
    submitted_at = Instant(attribute="claim.submitted_at", allow_none=True)
    auto_accept_at = Instant(
        allow_none=True, metadata={"description": "When silence accepts it, or what of it is held."}
    )


class QueueLineView(ReviewLineView):
    """A claim in the reviewers' queue."""

    seconds_left = fields.Integer(metadata={"description": "Until silence accepts it."})
    reserved_until = Instant(
        allow_none=True, metadata={"description": "Until when a reviewer has it in hand; it binds nobody."}
    )
    reserved_by_me = fields.Boolean()


class TakeInput(Input):
    """Which of what waits."""

    job_id = PublicId("job")
    contract_id = PublicId("contract")
    held = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Of what is held for your side to decide."},
    )
    sampled = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class GuidelineRuleView(View):
    """A rule that a rejection may cite."""

    id = fields.String()
    text = fields.String()


class FrozenGuidelineView(View):
    """The version of the guideline that the claim froze."""

    version = fields.Integer()
    text = fields.String()
    rules = fields.List(fields.Nested(GuidelineRuleView))


class PastVerdictView(View):
    """A verdict on an attempt of an answer."""

    id = PublicId("review")
    attempt = fields.Integer()
    verdict = fields.String(validate=validate.OneOf(VERDICTS))
    category = fields.String(allow_none=True)
    comment = fields.String(allow_none=True)
    rule = fields.String(allow_none=True)
    by = fields.String(
        attribute="decided_by",
        validate=validate.OneOf(DECIDED_BY),
        metadata={
            "description": "`timer`: nobody decided in time. `sampling`: it was not drawn for review.",
        },
    )
    created_at = Instant()


class HoldView(View):
    """A rejection that has no effect until another side decides."""

    category = fields.String()
    comment = fields.String()
    rule = fields.String()
    held_at = Instant()
    deadline_at = Instant(metadata={"description": "Silence until then accepts the answer."})
    for_organization_id = PublicId(
        "organization", allow_none=True, metadata={"description": "Who decides; null for the platform."}
    )


class ReviewAnswerView(View):
    """An answer with its item."""

    id = PublicId("answer")
    item_id = PublicId("item")
    external_id = fields.String()
    ordinal = fields.Integer()
    item = fields.Dict(keys=fields.String(), metadata={"description": "The item's content."})
    media_path = fields.String(
        allow_none=True, metadata={"description": "A short-lived link to the image, for you alone."}
    )
    state = fields.String(validate=validate.OneOf(sorted(ANSWER.states)))
    attempt = fields.Integer()
    content = fields.Dict(keys=fields.String(), allow_none=True, metadata=CONTENT)
    agreement = fields.Float(
        allow_none=True, metadata={"description": "0 to 1, how well all answers to the item agree; null for one."}
    )
    prelabel_changed = fields.Boolean(
        allow_none=True, metadata={"description": "Whether it changes what a model proposed; null without a proposal."}
    )
    verdicts = fields.List(fields.Nested(PastVerdictView))
    hold = fields.Nested(HoldView, allow_none=True)
    correction = fields.Nested(CorrectionView, allow_none=True)


class ReviewView(ReviewLineView):
    """A claim for its reviewer."""

    state = fields.String(attribute="claim.state", validate=validate.OneOf(sorted(CLAIM.states)))
    instructions = fields.String(attribute="job.instructions")
    label_schema = fields.Dict(keys=fields.String(), attribute="job.label_schema")
    guideline = fields.Nested(FrozenGuidelineView, allow_none=True)
    answers = fields.List(fields.Nested(ReviewAnswerView))


class GroundsInput(Input):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, 4000))


class BreakerView(View):
    """Why rejections of a contract are held: what its reviewers decided within 24 hours."""

    contract_id = PublicId("contract")
    decided = fields.Integer()
    rejected = fields.Integer(metadata={"description": "More than 20, or 15 % of 20 or more decisions."})
    tripped_at = Instant()
    ended_at = Instant(allow_none=True)
    ended_because = fields.String(
        allow_none=True,
        validate=validate.OneOf(("fell", "lifted")),
        metadata={"description": "`fell`: the counts fell back. `lifted`: by a reviewer of another side."},
    )
    reason = fields.String(allow_none=True)


class CategoryView(View):
    """Why an answer was not simply accepted."""

    code = fields.String()
    meaning = fields.String()


class CategoriesView(View):
    """The published list that every verdict but accept chooses from."""

    data = fields.List(fields.Nested(CategoryView))


class SamplingView(View):
    """Which answers of a job were drawn for review, and how one can check it."""

    job_id = PublicId("job")
    seed_digest = fields.String(metadata={"description": "SHA-256 of the secret, hex; in the log before any draw."})
    seed = fields.String(
        allow_none=True,
        metadata={"description": "The secret, hex, once nothing can be drawn any more; the auditor's at any time."},
    )
    answers = fields.Integer(metadata={"description": "Looked at so far."})
    drawn = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "How many were drawn, by `worker`, by `label`, or because of `agreement` or `gold`."},
    )


class BuyInput(Input):
    """Why an answer that was finally rejected is paid for all the same."""

    category = fields.String(load_default="other", validate=validate.OneOf(sorted(REVIEW_CATEGORIES)))
    comment = fields.String(required=True, validate=validate.Length(1, 4000))


class BoughtView(View):
    """An answer that its client pays for and does not use."""

    id = PublicId("answer")
    item_id = PublicId("item")
    state = fields.String(validate=validate.OneOf(sorted(ANSWER.states)))
    content = fields.Dict(keys=fields.String())
    decided_at = Instant()
