"""Money on its way back to a client, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View
from marketplace.rails.states import REFUND

_STATES = validate.OneOf(sorted(REFUND.states))


class RefundInput(Input):
    """How much of a deposit goes back to where it came from."""

    amount = MoneyField(required=True)


class RefundView(View):
    """Unspent money on its way back, or gone back."""

    id = PublicId("refund")
    organization_id = PublicId("organization")
    deposit_id = PublicId("deposit")
    rail = fields.String()
    amount = MoneyField(attribute="money")
    state = fields.String(validate=_STATES)
    reason = fields.String(allow_none=True)
    created_at = Instant()
    settled_at = Instant(allow_none=True)


class RefundQuery(ListQuery):
    """Filters of the list of refunds."""

    deposit_id = PublicId("deposit")
    state = fields.String(validate=_STATES)


class UnansweredRefundView(View):
    """A refund that no rail answered for 23 hours."""

    refund = fields.Nested(RefundView)
    agreed_by = fields.List(
        PublicId("person"), metadata={"description": "Who said of this attempt that it never reached the rail."}
    )
    why_not = fields.String(metadata={"description": "Why nobody may say so yet; empty where they may."})
