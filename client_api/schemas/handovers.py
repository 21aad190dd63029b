"""Fields of handovers of contracts."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.contracts import EXPIRES_SECONDS_MAX
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, TermsField, View, whole
from marketplace.contracts.states import HANDOVER


class HandoverInput(Input):
    """To whom a contract is offered, as it stands."""

    to_organization_id = PublicId(
        "organization",
        required=True,
        metadata={"description": "An approved subcontractor that stands neither above nor below in the chain."},
    )
    expires_in_seconds = whole(60, EXPIRES_SECONDS_MAX, load_default=7 * 86_400)


class HandoverQuery(ListQuery):
    """Which handovers are listed."""

    contract_id = PublicId("contract")
    state = fields.String(validate=validate.OneOf(sorted(HANDOVER.states)))


class HandoverRateView(View):
    """A rate of the contract: what its seller gets per accepted answer, and its items."""

    code = fields.String()
    price = MoneyField()
    items = fields.Integer()
    free_items = fields.Integer(metadata={"description": "Neither offered below nor put into tasks."})


class SoldOnView(View):
    """What the contract sells below itself already."""

    to = fields.String(validate=validate.OneOf(("layer", "workers")))
    rate_code = fields.String()
    price = MoneyField(metadata={"description": "Per accepted answer."})
    items = fields.Integer()


class HandoverView(View):
    """An offer to sell under a contract from its acceptance on, by who took it over after a default."""

    id = PublicId("handover")
    contract_id = PublicId("contract")
    from_organization_id = PublicId("organization")
    to_organization_id = PublicId("organization")
    state = fields.String(validate=validate.OneOf(sorted(HANDOVER.states)))
    rates = fields.List(
        fields.Nested(HandoverRateView),
        allow_none=True,
        metadata={"description": "The contract's rate card as it stands; null, as the two below, once it is decided."},
    )
    sold_on = fields.List(fields.Nested(SoldOnView), allow_none=True)
    settlement_terms = TermsField(allow_none=True, metadata={"description": "When the seller's margin is paid."})
    offered_at = Instant()
    expires_at = Instant()
    decided_at = Instant(allow_none=True)
