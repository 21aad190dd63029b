from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Day, Input, MoneyField, View
from marketplace.ledger.forecast import DAYS_DEFAULT, DAYS_MAX


class CashForecastQuery(Input):
    """How far ahead."""

    days = fields.Integer(load_default=DAYS_DEFAULT, validate=validate.Range(1, DAYS_MAX))


class ForecastDayView(View):
    """What falls due on one day; today has what is due already, and the last row, without a day, all later."""

    due_on = Day(allow_none=True)
    workers = MoneyField()
    margins = MoneyField()
    left_after_workers = MoneyField()
    left = MoneyField(metadata={"description": "The cash after all until then; below nothing, so much is missing."})
    missing = MoneyField(metadata={"description": "What the cash lacks for all until then."})
    missing_for_workers = MoneyField(
        metadata={"description": "What it lacks for the day's workers and all before them."}
    )


class CashForecastView(View):
    """One currency: the cash, what it is owed for without a day, and what falls due when."""

    currency = fields.String()
    cash = MoneyField(metadata={"description": "The wage account, the rails, and what is on its way between them."})
    in_flight = MoneyField(metadata={"description": "Sent to payees, taken off before the first day."})
    held = MoneyField(metadata={"description": "Owed to payees, without a day; not taken off."})
    others = MoneyField(metadata={"description": "What the same cash is owed for beside: deposits, reserves, refunds."})
    short_on = Day(allow_none=True, metadata={"description": "The first day on which the cash does not reach."})
    days = fields.List(fields.Nested(ForecastDayView))


class CashForecastsView(View):
    """The forecast of each currency."""

    data = fields.List(fields.Nested(CashForecastView))
