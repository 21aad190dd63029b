from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.contracts import EXPIRES_SECONDS_MAX
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View, whole
from client_api.schemas.jobs import CODE
from marketplace.contracts.reasons import REASON_LENGTH_MAX
from marketplace.contracts.states import AMENDMENT


class AmendmentRateInput(Input):
    """A new price of a rate."""

    price = MoneyField(required=True, metadata={"description": "What the seller would get per accepted answer."})


class AmendmentInput(Input):
    """New prices for some rates of a contract."""

    rates = fields.Dict(
        keys=fields.String(validate=CODE),
        values=fields.Nested(AmendmentRateInput),
        required=True,
        validate=validate.Length(1, 50),
        metadata={"description": "By rate code; rates left out keep their price."},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(1, REASON_LENGTH_MAX),
        metadata={"example": "The scenes are denser than the samples were.", "description": "The other side reads it."},
    )
    expires_in_seconds = whole(60, EXPIRES_SECONDS_MAX, load_default=7 * 86_400)


class AmendmentRateView(View):
    """A price before and after."""

    code = fields.String(attribute="rate_code")
    before = MoneyField(metadata={"description": "The price when this was proposed."})
    price = MoneyField(metadata={"description": "The price proposed."})


class AmendmentView(View):
    """A proposal of new prices; it binds its proposer until it runs out."""

    id = PublicId("amendment")
    contract_id = PublicId("contract")
    proposed_by = fields.String(validate=validate.OneOf(("buyer", "seller")))
    state = fields.String(validate=validate.OneOf(sorted(AMENDMENT.states)))
    reason = fields.String()
    rates = fields.List(fields.Nested(AmendmentRateView))
    proposed_at = Instant()
    expires_at = Instant()
    decided_at = Instant(allow_none=True)


AMENDMENT_EXAMPLE = {
    "rates": {"standard": {"price": {"amount": "0.65", "currency": "CNY"}}},
    "reason": "The scenes are denser than the samples were.",
    "expires_in_seconds": 604800,
}
