"""Payments that a rail took back."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View
from marketplace.rails.states import CHARGEBACK

_STATES = validate.OneOf(sorted(CHARGEBACK.states))


class ChargebackView(View):
    """A payment that a rail took back because its payer disputes it, and what stands for it.

    `owed` is what the client owes of it now: `amount` less what it has paid (`collected`), what the platform gave up
    (`written_off`) and what came back when it was won.
    """

    id = PublicId("chargeback")
    organization_id = PublicId("organization")
    deposit_id = PublicId("deposit")
    rail = fields.String()
    amount = MoneyField(attribute="money")
    state = fields.String(validate=_STATES)
    owed = MoneyField(attribute="receivable")
    frozen = MoneyField(metadata={"description": "Free money of the client that is kept for it."})
    collected = MoneyField()
    written_off = MoneyField()
    opened_at = Instant()
    closed_at = Instant(allow_none=True)


class ChargebackQuery(ListQuery):
    """Filters of the list of chargebacks."""

    state = fields.String(validate=_STATES)


class ChargebackReason(Input):
    """Why; others will ask."""

    reason = fields.String(required=True, validate=validate.Length(1, 2000))
