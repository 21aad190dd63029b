from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, View
from client_api.schemas.money import InstallmentView
from client_api.schemas.provenance import PriceChainView

MONTH_RULES: Final[dict[str, Any]] = {
    "validate": validate.Regexp("^20[0-9]{2}-(0[1-9]|1[0-2])$", error="A month is written as 2027-01."),
    "metadata": {"example": "2027-01"},
}


class StatementMonthsView(View):
    """The months in which anything of the organization's margins moved, newest first."""

    data = fields.List(fields.String(metadata={"example": "2027-01"}))


class StatementQuery(Input):
    """Which month."""

    month = fields.String(required=True, **MONTH_RULES)


class StatementPageQuery(ListQuery):
    """Which month, and which page."""

    month = fields.String(required=True, **MONTH_RULES)


class PlacesView(View):
    """What is not due yet, what is due, and what is held."""

    deferred = MoneyField()
    due = MoneyField(metadata={"description": "With rests of less than a minor unit, which payouts carry on."})
    held = MoneyField()


class MovementView(View):
    """What one kind of journal moved in the month."""

    journal = fields.String(metadata={"example": "J3"})
    source = fields.String(allow_none=True, metadata={"description": "deferred, due, held; null: from elsewhere."})
    target = fields.String(allow_none=True, metadata={"description": "deferred, due, held; null: to elsewhere."})
    amount = MoneyField(attribute="money")


class CurrencyStatementView(View):
    """One currency; closing = opening + what came - what left, in each place."""

    currency = fields.String()
    opening = fields.Nested(PlacesView)
    movements = fields.List(fields.Nested(MovementView))
    sent = MoneyField(metadata={"description": "What payouts took along, less what of it came back."})
    closing = fields.Nested(PlacesView)


class StatementView(View):
    """A month's statement, in each currency; what it says is what the ledger's accounts hold."""

    month = fields.String()
    data = fields.List(fields.Nested(CurrencyStatementView))


class StatementLineView(View):
    """What one accepted answer earned the organization under one contract."""

    accepted_on = Day(attribute="earning.accepted_on")
    contract_id = PublicId("contract", attribute="earning.contract_id")
    amount = MoneyField(attribute="earning.money")
    price_chain = fields.Nested(PriceChainView, attribute="chain", allow_none=True)


class StatementInstallmentView(InstallmentView):
    """An installment whose day lies in the month, as it stands now."""


class StatementPayoutView(View):
    """A payout that took money along in the month, or gave it back."""

    id = PublicId("payout", attribute="payout.id")
    contract_id = PublicId("contract", attribute="payout.contract_id", allow_none=True)
    state = fields.String(attribute="payout.state")
    sent = MoneyField()
    came_back = MoneyField(attribute="back")
    rail = fields.String(attribute="payout.rail")
    rail_reference = fields.String(attribute="payout.rail_reference", allow_none=True)
    sent_at = Instant(attribute="payout.sent_at", allow_none=True)
    settled_at = Instant(attribute="payout.settled_at", allow_none=True)
