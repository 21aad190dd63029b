from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, TermsField, View
from client_api.schemas.jobs import CODE, whole
from marketplace.contracts.states import CONTRACT

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


class ContractRateView(View):
    """One line of a contract's rate card and its items."""

    code = fields.String()
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
    version = fields.Integer()
    settlement_terms = TermsField()
    rates = fields.List(fields.Nested(ContractRateView))
    created_at = Instant()
    offered_at = Instant(allow_none=True)
    expires_at = Instant(allow_none=True)
    expires_in_seconds = fields.Integer(allow_none=True)
    accepted_at = Instant(allow_none=True)


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
    seats_per_task = fields.Integer()
    seats_released = fields.Integer(metadata={"description": "Claimable so far: as far as the money reaches."})
    lease_seconds = fields.Integer()
    settlement_terms = TermsField()
    state = fields.String(validate=validate.OneOf(("open", "withdrawn", "done")))
    claimable = fields.Boolean()
    created_at = Instant()


OFFER_EXAMPLE = {
    "seller_organization_id": "org_01h455vb4pex5vsknk084sn02q",
    "rates": {"standard": {"price": {"amount": "0.60", "currency": "CNY"}, "items": 1000}},
    "expires_in_seconds": 604800,
}
TASKS_EXAMPLE = {"rate": "standard", "items_per_task": 20, "pay": {"amount": "0.35", "currency": "CNY"}}
