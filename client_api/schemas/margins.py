from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, MoneyField, PublicId, View
from client_api.schemas.statements import MONTH_RULES
from marketplace.jobs.models import PRICE_VISIBILITIES
from marketplace.kernel.ids import public
from marketplace.provenance.margin_report import GROUPS, MarginSum
from marketplace.provenance.statements import Month


class MarginsQuery(ListQuery):
    """By what margins are summed, and which of them."""

    by = fields.String(load_default="month", validate=validate.OneOf(GROUPS))
    month = fields.String(**MONTH_RULES)
    client_id = PublicId("organization")
    layer = fields.Integer(strict=False, validate=validate.Range(1, 99))
    rate = fields.String(validate=validate.Length(1, 200))
    contract_id = PublicId("contract")
    currency = fields.String(validate=validate.Regexp("^[A-Z]{3}$"), metadata={"example": "CNY"})


class MarginKey(fields.String):
    """What the margins of a line have in common, as the filter of the same name takes it."""

    def get_value(self, obj: MarginSum, attr: str, accessor: Any = None, default: Any = None) -> Any:
        """The key by its kind."""
        del attr, accessor, default
        if obj.by == "month":
            return str(Month(obj.key))  # type: ignore[arg-type]
        nouns = {"client": "organization", "contract": "contract"}
        return public(nouns[obj.by], obj.key) if obj.by in nouns else str(obj.key)  # type: ignore[arg-type]


class MarginSumView(View):
    """The margins of one month, client, layer, rate or contract, in one currency."""

    by = fields.String(validate=validate.OneOf(GROUPS))
    key = MarginKey(
        metadata={"description": "The month, the id of the client or contract, the layer or the rate.", "example": "1"}
    )
    answers = fields.Integer(
        metadata={"description": "Accepted; each counts once for each layer that earned anything by it."}
    )
    margin = MoneyField(attribute="amount")


class MarginDayView(View):
    """What the answers accepted on one day earned a contract's seller."""

    accepted_on = Day()
    answers = fields.Integer()
    margin = MoneyField(attribute="amount")


class MarginLinesQuery(ListQuery):
    """Which day, all of them unless given."""

    accepted_on = Day()


class MarginAnswerView(View):
    """What one accepted answer earned a contract's seller."""

    answer_id = PublicId("answer")
    accepted_on = Day()
    organization_id = PublicId("organization", attribute="payee_id")
    margin = MoneyField(attribute="money")
    journal_id = PublicId("journal")


class PaidShareView(View):
    """What the client paid for accepted answers, and what of it is their workers' pay."""

    answers = fields.Integer()
    client_paid = MoneyField(attribute="price")
    worker_pay = MoneyField(
        attribute="pay", allow_none=True, metadata={"description": "Null where the job's policy hides it."}
    )
    share_percent = fields.Integer(
        attribute="percent",
        allow_none=True,
        metadata={
            "description": "In whole percent, rounded down. Where the policy shows shares only, at least so much; null "
            "where it shows nothing."
        },
    )


class WorkerShareView(View):
    """What of the client price of a job's accepted answers reaches workers; the rates sum to the total."""

    job_id = PublicId("job")
    price_visibility = fields.String(attribute="policy", validate=validate.OneOf(PRICE_VISIBILITIES))
    rates = fields.Dict(keys=fields.String(), values=fields.Nested(PaidShareView))
    total = fields.Nested(PaidShareView)
