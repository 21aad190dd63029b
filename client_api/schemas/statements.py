from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, SignedMoneyField, View
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
    outside = fields.String(
        allow_none=True,
        metadata={"description": "payout, tax, advance_fee, unclaimed or other; null: between one's own places."},
    )
    amount = MoneyField(attribute="money")


class CurrencyStatementView(View):
    """One currency; closing = opening + what came - what left, in each place."""

    currency = fields.String()
    opening = fields.Nested(PlacesView)
    movements = fields.List(fields.Nested(MovementView))
    sent = SignedMoneyField(metadata={"description": "paid and tax together: what payouts took along."})
    closing = fields.Nested(PlacesView)
    owed_at_first = SignedMoneyField(metadata={"description": "All that was owed at first, in all three places."})
    earned = SignedMoneyField(metadata={"description": "What came from answers, extras and layers."})
    given = SignedMoneyField(metadata={"description": "Given of margins: to workers, the guarantee fund, a client."})
    paid = SignedMoneyField(metadata={"description": "What payouts took for the payee, less what of it came back."})
    tax = SignedMoneyField(metadata={"description": "What was withheld from payouts, less what came back with them."})
    advance_fee = SignedMoneyField(
        metadata={"description": "Fees of pay taken early, less those that were given back."}
    )
    set_apart = SignedMoneyField(metadata={"description": "What counts as unclaimed, less what was fetched."})
    owed_at_end = SignedMoneyField(
        metadata={"description": "owed_at_first + earned - given - paid - tax - advance_fee - set_apart, exactly."}
    )


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
    tax = SignedMoneyField(metadata={"description": "What of that was withheld, less what came back."})
    advance_fee = SignedMoneyField(attribute="fee", metadata={"description": "Beside that, for pay taken early."})
    paid = MoneyField(attribute="payout.paid", metadata={"description": "What the payee gets, in the currency chosen."})
    rail = fields.String(attribute="payout.rail")
    rail_reference = fields.String(attribute="payout.rail_reference", allow_none=True)
    sent_at = Instant(attribute="payout.sent_at", allow_none=True)
    settled_at = Instant(attribute="payout.settled_at", allow_none=True)
