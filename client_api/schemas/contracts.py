from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, TermsField, View, whole
from client_api.schemas.jobs import CODE
from client_api.schemas.protection import PauseView
from client_api.schemas.reviews import BreakerView
from marketplace.contracts.reasons import REASON_LENGTH_MAX
from marketplace.contracts.states import CONTRACT
from marketplace.jobs.models import ACCEPTANCE_BY, PRICE_VISIBILITIES
from marketplace.work.opening import TEAMS_MAX
from marketplace.work.queueing import PRIORITY_MAX
from marketplace.work.skip_models import SKIP_REASONS

EXPIRES_SECONDS_MAX = 90 * 86_400
ITEMS_MAX = 1_000_000_000


class OfferRateInput(Input):
    """How many items of a rate are offered, at which price per accepted answer."""

    price = MoneyField(required=True, metadata={"description": "What the seller gets; net of the platform's fee."})
    items = whole(1, ITEMS_MAX, required=True, metadata={"example": 600})


class OfferInput(Input):
    """A part of a contract offered to an organization below."""

    seller_organization_id = PublicId("organization", required=True)
    rates = fields.Dict(
        keys=fields.String(validate=CODE),
        values=fields.Nested(OfferRateInput),
        required=True,
        validate=validate.Length(1, 50),
        metadata={"description": "By rate code."},
    )
    settlement_terms = TermsField(metadata={"description": "When the margin is paid; your own terms if left out."})
    expires_in_seconds = whole(60, EXPIRES_SECONDS_MAX, load_default=7 * 86_400)


class RecallRateInput(Input):
    """How many free items of a rate are taken back."""

    items = whole(1, ITEMS_MAX, required=True, metadata={"example": 100})


class RecallInput(Input):
    """What is taken back of a contract."""

    rates = fields.Dict(
        keys=fields.String(validate=CODE),
        values=fields.Nested(RecallRateInput),
        validate=validate.Length(1, 50),
        metadata={
            "description": "By rate code: so many items that are neither offered below nor in tasks. If left out, all "
            "that nobody works on is taken back, at every level below too, and the contract ends.",
        },
    )


class FreezeInput(Input):
    """Why a contract is frozen."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, REASON_LENGTH_MAX),
        metadata={"example": "Too many boxes are loose; let us talk first.", "description": "The seller reads it."},
    )


class JobTermsView(View):
    """What the job says to everybody below it; known before an offer is accepted."""

    price_visibility = fields.String(
        validate=validate.OneOf(PRICE_VISIBILITIES),
        metadata={"description": "Who sees the prices of layers that are not their own."},
    )
    acceptance_by = fields.String(
        validate=validate.OneOf(ACCEPTANCE_BY), metadata={"description": "Who reviews the answers."}
    )
    auto_accept_seconds = fields.Integer(metadata={"description": "Silence of the reviewers accepts after this."})
    redo_max = fields.Integer(metadata={"description": "How often work can be sent back unpaid."})
    inspection_days = fields.Integer(
        metadata={"description": "Days after acceptance in which quality can be claimed; no margin is due before."}
    )
    quality_share_ppm = fields.Integer(
        metadata={
            "description": "What the layer that vouched for a bad answer gives back at most, in parts per million of "
            "what the claimant pays for it."
        }
    )
    severity = fields.Integer(metadata={"description": "How hard the content is to look at, 1 to 5."})
    redundancy = fields.Integer(metadata={"description": "How many workers answer each item."})
    layers_left = fields.Integer(metadata={"description": "How many layers may still stand below this contract."})
    deferral_months_max = fields.Integer(allow_none=True)


class ContractRateView(View):
    """One line of a contract's rate card and its items."""

    code = fields.String()
    client_price = MoneyField(metadata={"description": "The job's price per accepted answer, the fee inside."})
    fee = MoneyField(metadata={"description": "The platform's, taken once from the client price."})
    price = MoneyField(metadata={"description": "What the seller gets per accepted answer."})
    items = fields.Integer(metadata={"description": "Allotted items."})
    free_items = fields.Integer(metadata={"description": "Neither offered below nor in tasks."})
    pay_floor = MoneyField(metadata={"description": "The least a worker may get, after all caps of the job."})


class ContractView(View):
    """One layer: a buyer above, a seller below."""

    id = PublicId("contract")
    job_id = PublicId("job")
    parent_id = PublicId("contract", allow_none=True)
    layer = fields.Integer()
    buyer_organization_id = PublicId("organization")
    seller_organization_id = PublicId("organization")
    state = fields.String(validate=validate.OneOf(sorted(CONTRACT.states)))
    halted = fields.Boolean(
        metadata={"description": "Whether it, or a contract above it, is frozen: nothing new is given out."}
    )
    version = fields.Integer()
    settlement_terms = TermsField()
    job_terms = fields.Nested(JobTermsView)
    rates = fields.List(fields.Nested(ContractRateView))
    created_at = Instant()
    offered_at = Instant(allow_none=True)
    expires_at = Instant(allow_none=True)
    expires_in_seconds = fields.Integer(allow_none=True)
    accepted_at = Instant(allow_none=True)
    frozen_at = Instant(allow_none=True, metadata={"description": "When it was frozen last."})
    frozen_reason = fields.String(allow_none=True, metadata={"description": "What its buyer said then."})
    review_breaker = fields.Nested(
        BreakerView, allow_none=True, metadata={"description": "Why rejections are held now; null unless they are."}
    )


class ContractQuery(ListQuery):
    """Filters of the list of contracts."""

    job_id = PublicId("job")
    state = fields.String(validate=validate.OneOf(sorted(CONTRACT.states)))


class TasksInput(Input):
    """Items put into tasks and opened to workers."""

    rate = fields.String(required=True, validate=CODE, metadata={"example": "standard"})
    items = whole(
        1, ITEMS_MAX, load_default=None, allow_none=True, metadata={"description": "All free ones if left out."}
    )
    items_per_task = whole(1, 500, required=True, metadata={"example": 20})
    pay = MoneyField(required=True, metadata={"description": "The worker's pay per accepted answer."})
    lease_seconds = whole(60, 604_800, load_default=None, allow_none=True)
    settlement_terms = TermsField(metadata={"description": "When workers are paid; the job's terms if left out."})
    priority = whole(
        0,
        PRIORITY_MAX,
        load_default=0,
        metadata={
            "description": "Workers who ask for the next task are offered a higher priority earlier: each step is "
            "worth a day of waiting, so that nothing waits for ever."
        },
    )
    team_ids = fields.List(
        PublicId("team"),
        load_default=list,
        validate=validate.Length(max=TEAMS_MAX),
        metadata={"description": "Your open teams whose members alone find and claim these tasks; everybody if empty."},
    )


class PriorityInput(Input):
    """When tasks are offered, among those of others."""

    priority = whole(0, PRIORITY_MAX, required=True, metadata={"example": 5})


class SkipCountView(View):
    """How often workers skipped an item, and why."""

    reason = fields.String(validate=validate.OneOf(SKIP_REASONS))
    item_id = PublicId("item", allow_none=True, metadata={"description": "Null for tasks as a whole."})
    external_id = fields.String(allow_none=True)
    skips = fields.Integer()
    last_at = Instant()


class BatchView(View):
    """One act of opening tasks."""

    id = PublicId("batch")
    job_id = PublicId("job")
    contract_id = PublicId("contract")
    rate = fields.String(attribute="rate_code")
    pay = MoneyField()
    items_per_task = fields.Integer()
    item_count = fields.Integer()
    task_count = fields.Integer()
    seats_per_task = fields.Integer(metadata={"description": "As it was opened."})
    answers_max = fields.Integer(
        allow_none=True, metadata={"description": "The most answers an item may get; null: as many as it has seats."}
    )
    extends_batch_id = PublicId(
        "batch",
        allow_none=True,
        metadata={"description": "The batch on some of whose items this one asks for one more answer each."},
    )
    seats_added = fields.Integer(metadata={"description": "Beyond those, since the job's redundancy was raised."})
    seats_released = fields.Integer(metadata={"description": "Claimable so far: as far as the money reaches."})
    lease_seconds = fields.Integer()
    settlement_terms = TermsField()
    priority = fields.Integer(metadata={"description": "0 to 9; higher is offered earlier."})
    team_ids = fields.List(PublicId("team"), metadata={"description": "Whose members alone may claim; all if empty."})
    state = fields.String(validate=validate.OneOf(("open", "withdrawn", "done")))
    claimable = fields.Boolean()
    pauses = fields.List(
        fields.Nested(PauseView),
        metadata={"description": "Why it stands still to protect its workers; resuming the job does not end that."},
    )
    created_at = Instant()


OFFER_EXAMPLE = {
    "seller_organization_id": "org_01h455vb4pex5vsknk084sn02q",
    "rates": {"standard": {"price": {"amount": "0.60", "currency": "CNY"}, "items": 1000}},
    "expires_in_seconds": 604800,
}
TASKS_EXAMPLE = {"rate": "standard", "items_per_task": 20, "pay": {"amount": "0.35", "currency": "CNY"}}
RECALL_EXAMPLE: dict[str, Any] = {"rates": {"standard": {"items": 100}}}
FREEZE_EXAMPLE = {"reason": "Too many boxes are loose; let us talk first."}
