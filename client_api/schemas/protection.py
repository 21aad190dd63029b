from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View, whole
from marketplace.protection.wages import MINUTES_MAX
from marketplace.work.noticing import REASON_MAX

_COUNTRY = validate.Regexp("^[A-Z]{2}$", error="Two capital letters, as in ISO 3166.")


class WageFloorView(View):
    """The least that workers of a country are to earn an hour."""

    country = fields.String()
    amount = MoneyField(attribute="money", metadata={"description": "For an hour."})
    minutes_min = fields.Integer(
        metadata={"description": "It is held against a batch once so many minutes of their work there are known."}
    )
    set_at = Instant()


class WageFloorsView(View):
    """All wage floors, by country."""

    data = fields.List(fields.Nested(WageFloorView))


class WageFloorInput(Input):
    """A wage floor, in place of the country's present one."""

    country = fields.String(required=True, validate=_COUNTRY, metadata={"example": "KE"})
    amount = MoneyField(
        required=True,
        allow_none=True,
        metadata={"description": "For an hour; null ends the country's floor and the pauses by it."},
    )
    minutes_min = whole(
        1,
        MINUTES_MAX,
        load_default=300,
        metadata={"description": "Held against a batch once so many minutes of work there are known."},
    )


class PauseView(View):
    """Why a batch stands still to protect its workers, whatever its job does."""

    reason = fields.String(validate=validate.OneOf(("wage_floor", "recovery_unfunded")))
    country = fields.String(allow_none=True)
    words = fields.String(metadata={"description": "What was found, and what you can do."})
    paused_at = Instant()


class RateNoticeInput(Input):
    """Notice of a lower pay for items with pre-labels."""

    pay = MoneyField(required=True, metadata={"description": "For an accepted answer, from fourteen days on."})
    reason = fields.String(
        required=True, validate=validate.Length(1, REASON_MAX), metadata={"description": "Read by the workers."}
    )


class RateNoticeView(View):
    """A notice; nothing changes by it."""

    batch_id = PublicId("batch")
    pay = MoneyField()
    reason = fields.String()
    given_at = Instant()
    effective_at = Instant(metadata={"description": "From then on items may be opened anew at that pay."})


RATE_NOTICE_EXAMPLE = {
    "pay": {"amount": "0.20", "currency": "CNY"},
    "reason": "A model proposes the boxes now; checking them takes less time.",
}
WAGE_FLOOR_EXAMPLE = {"country": "KE", "amount": {"amount": "14.00", "currency": "CNY"}, "minutes_min": 300}
