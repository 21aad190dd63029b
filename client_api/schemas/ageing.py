"""Ageing, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.currencies import CURRENCY
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, View
from client_api.schemas.money import PAYEES, PayeeId
from marketplace.payouts.ageing import BUCKETS

_AS_OF = {"description": "The market's day at whose end; today unless given."}
_KNOWN_AT = {
    "description": "What was in the log's newest signed head by this real moment; the newest head unless given. "
    "Figures of the same `as_of` and `known_at` never change."
}
_SINCE = {"description": "The day on which it fell due, or will; null for what is held, failed or in flight."}


class AgeingQuery(Input):
    """Which figures are meant."""

    as_of = Day(metadata=_AS_OF)
    known_at = Instant(metadata=_KNOWN_AT)


class AgeingLinesQuery(ListQuery):
    """Which figures are meant, and which of their lines."""

    as_of = Day(metadata=_AS_OF)
    known_at = Instant(metadata=_KNOWN_AT)
    payee_kind = fields.String(validate=PAYEES)
    currency = fields.String(validate=CURRENCY)
    bucket = fields.String(validate=validate.OneOf(BUCKETS))


class AgeSumView(View):
    """What was owed to one kind of payee in one currency and bucket."""

    payee_kind = fields.String(validate=PAYEES)
    currency = fields.String()
    bucket = fields.String(
        validate=validate.OneOf(BUCKETS),
        metadata={"description": "By days past due; `failed` was refused by a rail for good or came back."},
    )
    payees = fields.Integer(metadata={"description": "How many."})
    amount = MoneyField(attribute="money")


class AgeingView(View):
    """What was owed to payees at the end of a day, as it was known at a moment."""

    as_of = Day()
    known_at = Instant(allow_none=True, metadata={"description": "When the log's head was signed that holds all this."})
    tree_size = fields.Integer(allow_none=True, metadata={"description": "Of that head; null before the first."})
    data = fields.List(fields.Nested(AgeSumView))


class AgeLineView(View):
    """What an account of a payee held, of one day on which it fell due."""

    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    contract_id = PublicId("contract", allow_none=True)
    payout_id = PublicId("payout", allow_none=True)
    bucket = fields.String(validate=validate.OneOf(BUCKETS))
    since = Day(allow_none=True, metadata=_SINCE)
    reason = fields.String(allow_none=True, metadata={"description": "Why it is held."})
    amount = MoneyField(attribute="money")
