from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, SignedMoneyField, View
from marketplace.quotes.setting import HOURS_MAX

CURRENCY = validate.Regexp(r"^[A-Z]{3}$", error="A currency code of ISO 4217, such as USD.")
RATE = validate.Regexp(r"^[0-9]{1,12}(\.[0-9]{1,18})?$", error='A decimal string above nothing, such as "129.4502".')
RATE_SAYS = {"description": "How much of `bought` one of `sold` buys, with all its digits.", "example": "129.4502"}


class ExchangeRateInput(Input):
    """A rate between two currencies, and for how long it is good."""

    sold = fields.String(required=True, validate=CURRENCY, metadata={"example": "USD"})
    bought = fields.String(required=True, validate=CURRENCY, metadata={"example": "KES"})
    rate = fields.String(required=True, validate=RATE, metadata=RATE_SAYS)
    valid_hours = fields.Integer(load_default=24, strict=True, validate=validate.Range(1, HOURS_MAX))


class ExchangeRateView(View):
    """A rate as it was given."""

    id = PublicId("exchange_rate")
    sold = fields.String()
    bought = fields.String()
    rate = fields.String(metadata=RATE_SAYS)
    source = fields.String(metadata={"description": "`finance`, or the name of the rail that gave it."})
    set_by = PublicId("person", allow_none=True)
    taken_at = Instant()
    valid_until = Instant()


class PositionView(View):
    """What stands open in one currency, at the rates that were quoted."""

    currency = fields.String()
    given = MoneyField(metadata={"description": "Of the cash in this currency, what stands for debts in others."})
    to_come = MoneyField(metadata={"description": "Of the debts in this currency, what cash in others stands for."})


class PairView(View):
    """What of a pair stands open: payees got `paid` for `owed` of their debts; below nothing it came back."""

    owed = SignedMoneyField()
    paid = SignedMoneyField()


class PositionsView(View):
    """The open position of each currency that has one, and between which currencies it can be bought back."""

    data = fields.List(fields.Nested(PositionView))
    pairs = fields.List(fields.Nested(PairView))
    results = fields.List(
        SignedMoneyField(), metadata={"description": "Gains less losses on currencies until now, by currency owed."}
    )


class QuoteView(View):
    """What the payee of a payout in another currency than the one owed was shown."""

    owed = MoneyField(metadata={"description": "What of the debt it pays, in the currency owed."})
    paid = MoneyField(metadata={"description": "What the payee gets for it."})
    rate = fields.String(metadata=RATE_SAYS)
    source = fields.String()
    quoted_at = Instant()
    valid_until = Instant()
