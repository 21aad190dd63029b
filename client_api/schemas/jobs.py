from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.consensus import ConsensusPolicyInput, ConsensusPolicyView
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, TermsField, View, whole
from client_api.schemas.gold import GoldPolicyInput, GoldPolicyView
from client_api.schemas.guidelines import GuidelineInput
from client_api.schemas.money import JobWarningView
from client_api.schemas.overlap import OverlapInput, OverlapView
from client_api.schemas.review_policy import ReviewPolicyInput, ReviewPolicyView
from client_api.schemas.screening import ScreeningInput, ScreeningView
from marketplace.jobs.drafts import QUALITY_SHARE_PPM_DEFAULT
from marketplace.jobs.models import ACCEPTANCE_BY, JOB_KINDS, PRICE_VISIBILITIES
from marketplace.jobs.states import JOB

TITLE_MAX = 200
TEXT_MAX = 100_000
CODE = validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}$", error="1 to 40 lower-case letters, digits, - or _.")


class RateInput(Input):
    """One line of the rate card: the price per accepted answer, with the platform's fee inside."""

    code = fields.String(required=True, validate=CODE, metadata={"example": "standard"})
    price = MoneyField(required=True)
    worker_pay_min = MoneyField(
        load_default=None, allow_none=True, metadata={"description": "No layer may open tasks below this pay."}
    )


class ProtectionSchema(Input):
    """Paid recovery from hard content, from the allowance: a line of its own on the worker's statement."""

    recovery_after_items = whole(
        1, 1000, allow_none=True, metadata={"description": "Paid each time a worker answered so many on one day."}
    )
    recovery_after_minutes = whole(
        5, 480, allow_none=True, metadata={"description": "Or each time a worker was active for so long on one day."}
    )
    recovery_minutes = whole(1, 120, required=True, metadata={"description": "So many minutes are paid."})
    recovery_rate = MoneyField(required=True, metadata={"description": "For an hour."})


class _Caps(Input):
    """What both a new job and a change may say, and what binds every layer below."""

    redundancy = whole(1, 100, metadata={"description": "How many workers answer each item."})
    layers_max = whole(0, 10, metadata={"description": "How deep contracts may go; 0: the client opens tasks itself."})
    worker_share_min_ppm = whole(
        0,
        1_000_000,
        allow_none=True,
        metadata={"description": "The least part of the client price that the worker gets, in parts per million."},
    )
    deferral_months_max = whole(0, 120, allow_none=True)
    price_visibility = fields.String(
        validate=validate.OneOf(PRICE_VISIBILITIES),
        metadata={"description": "Who sees the prices of layers that are not their own."},
    )
    acceptance_by = fields.String(validate=validate.OneOf(ACCEPTANCE_BY))
    auto_accept_seconds = whole(60, 7_776_000, metadata={"description": "Silence of the reviewers accepts after this."})
    redo_max = whole(0, 10)
    inspection_days = whole(
        0,
        90,
        metadata={
            "description": "Days after the acceptance of an answer in which its quality can be claimed; no margin "
            "falls due before they are over, and the worker's pay does not wait for them."
        },
    )
    quality_share_ppm = whole(
        0,
        1_000_000,
        metadata={
            "description": "What a claim about the quality of an answer brings at most, in parts per million of what "
            f"the claimant pays for the answer; {QUALITY_SHARE_PPM_DEFAULT} where nothing is said."
        },
    )
    media_retention_days = whole(
        0,
        3650,
        allow_none=True,
        metadata={
            "description": "Days after the job is settled for which its media is kept; null: for ever. Then the bytes "
            "go, unless another job needs them; digests, answers, money and proofs stay. After publication it can only "
            "be lengthened."
        },
    )
    lease_seconds = whole(60, 604_800, metadata={"description": "How long a worker may hold a task by default."})
    claims_held_max = whole(
        1, 1000, allow_none=True, metadata={"description": "Tasks one worker may hold at once; null: no own limit."}
    )
    late_answers_max = whole(
        0,
        1_000_000,
        metadata={
            "description": "Answers beyond the redundancy that you pay for in all, where a worker comes late and "
            "somebody else has their seat; each at its price, out of the free reserve. 0 if left out."
        },
    )
    screening = fields.Nested(
        ScreeningInput,
        metadata={"description": "For everybody if left out; who does not fit sees none of the tasks."},
    )
    review = fields.Nested(
        ReviewPolicyInput, metadata={"description": "Whether reviewers see all answers or a sample; blind or not."}
    )
    consensus = fields.Nested(
        ConsensusPolicyInput, metadata={"description": "How the accepted answers to an item are made into one."}
    )
    gold = fields.Nested(
        GoldPolicyInput,
        allow_none=True,
        metadata={"description": "Items whose answer is known, among those of some claims; null: none."},
    )
    overlap = fields.Nested(
        OverlapInput,
        allow_none=True,
        metadata={"description": "Further answers where the first do not agree; null: no more than `redundancy`."},
    )
    severity = whole(
        1,
        5,
        metadata={
            "description": "How hard the content is to look at, 1 to 5. From 3 on only workers who agreed to it see "
            "the tasks, within daily limits of items and minutes."
        },
    )
    protection = fields.Nested(
        ProtectionSchema,
        allow_none=True,
        metadata={
            "description": "Paid recovery from hard content: after `recovery_after_items` answered items or "
            "`recovery_after_minutes` of a worker's day, one of the two."
        },
    )
    allowance = MoneyField(
        allow_none=True,
        metadata={
            "description": "Kept back in the reserve for gold answers, bonuses and paid recovery; no seat is released "
            "for it, and it returns with the free reserve."
        },
    )


class JobInput(_Caps):
    """A new job; what is left out takes the marketplace's default."""

    title = fields.String(required=True, validate=validate.Length(1, TITLE_MAX), metadata={"example": "Street scenes"})
    kind = fields.String(required=True, validate=validate.OneOf(JOB_KINDS))
    instructions = fields.String(required=True, validate=validate.Length(1, TEXT_MAX))
    label_schema = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={
            "description": "The classes and limits of an answer, by the job's kind; docs/label-kinds.md has them all.",
            "example": {"classes": ["car"]},
        },
    )
    currency = fields.String(required=True, metadata={"example": "CNY", "description": "ISO 4217; one per job."})
    settlement_terms = TermsField()
    rates = fields.List(fields.Nested(RateInput), required=True, validate=validate.Length(1, 50))
    guideline = fields.Nested(GuidelineInput)


class JobChange(_Caps):
    """What changes; what is left out stays."""

    title = fields.String(validate=validate.Length(1, TITLE_MAX))
    instructions = fields.String(validate=validate.Length(1, TEXT_MAX))
    label_schema = fields.Dict(keys=fields.String())
    settlement_terms = TermsField()
    rates = fields.List(fields.Nested(RateInput), validate=validate.Length(1, 50))


class RateView(View):
    """One line of a job's rate card."""

    code = fields.String()
    price = MoneyField(metadata={"description": "Per accepted answer, the fee inside."})
    fee = MoneyField(allow_none=True, metadata={"description": "Fixed at publication; null before."})
    worker_pay_min = MoneyField(
        allow_none=True, metadata={"description": "The client's cap; null where it sets none, and to layers."}
    )
    pay_floor = MoneyField(metadata={"description": "The least a worker may get, after all caps of the job."})
    item_count = fields.Integer()
    prelabeled_item_count = fields.Integer(metadata={"description": "Of these items, with a model's proposal."})


class JobView(View):
    """A job."""

    id = PublicId("job")
    organization_id = PublicId("organization")
    title = fields.String()
    kind = fields.String(validate=validate.OneOf(JOB_KINDS))
    state = fields.String(validate=validate.OneOf(sorted(JOB.states)))
    version = fields.Integer()
    instructions = fields.String()
    label_schema = fields.Dict(keys=fields.String())
    currency = fields.String()
    redundancy = fields.Integer()
    layers_max = fields.Integer()
    worker_share_min_ppm = fields.Integer(
        allow_none=True, metadata={"description": "The client's cap; null where it sets none, and to layers."}
    )
    deferral_months_max = fields.Integer(allow_none=True)
    settlement_terms = TermsField()
    price_visibility = fields.String()
    acceptance_by = fields.String()
    auto_accept_seconds = fields.Integer()
    redo_max = fields.Integer()
    inspection_days = fields.Integer()
    quality_share_ppm = fields.Integer()
    media_retention_days = fields.Integer(allow_none=True)
    claims_held_max = fields.Integer(allow_none=True)
    late_answers_max = fields.Integer()
    media_purged_at = Instant(allow_none=True)
    lease_seconds = fields.Integer()
    severity = fields.Integer()
    allowance = MoneyField()
    protection = fields.Nested(ProtectionSchema, allow_none=True)
    screening = fields.Nested(ScreeningView)
    review = fields.Nested(ReviewPolicyView)
    overlap = fields.Nested(OverlapView, allow_none=True)
    consensus = fields.Nested(ConsensusPolicyView)
    gold = fields.Nested(GoldPolicyView, allow_none=True)
    fee_ppm = fields.Integer()
    guideline_version = fields.Integer()
    rates = fields.List(fields.Nested(RateView))
    created_at = Instant()
    published_at = Instant(allow_none=True)


class PublishedJobView(JobView):
    """A job that was just published, with what its client should know."""

    warnings = fields.List(
        fields.Nested(JobWarningView), metadata={"description": "What may not be meant so; nothing forbids it."}
    )


class JobQuery(ListQuery):
    """Filters of the list of jobs."""

    state = fields.String(validate=validate.OneOf(sorted(JOB.states)))
    include_archived = fields.Boolean(
        load_default=False, metadata={"description": "Archived jobs too, which are left out otherwise."}
    )


class RedundancyInput(Input):
    """How many workers are to answer each item from now on."""

    redundancy = whole(2, 100, required=True, metadata={"example": 3})


class DuplicateInput(Input):
    """What of the job the new draft gets; fields, rates and the newest guideline always."""

    title = fields.String(validate=validate.Length(1, TITLE_MAX), metadata={"description": "The same if left out."})
    items = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Copy the items too, but for withdrawn ones."},
    )


JOB_EXAMPLE = {
    "title": "Street scenes",
    "kind": "image_boxes",
    "instructions": "Draw a box around every car and every pedestrian.",
    "label_schema": {"classes": ["car", "pedestrian"]},
    "currency": "CNY",
    "redundancy": 1,
    "layers_max": 2,
    "settlement_terms": [
        {"weight": 1, "months": 1, "anchor": "month_end"},
        {"weight": 1, "months": 6, "anchor": "month_end"},
    ],
    "rates": [
        {"code": "standard", "price": {"amount": "0.90", "currency": "CNY"}},
        {"code": "dense", "price": {"amount": "1.50", "currency": "CNY"}},
    ],
    "guideline": {
        "text": "Boxes are tight.",
        "rules": [{"id": "G1", "text": "A box touches the object on all sides."}],
    },
}
