from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.currencies import QuoteView
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, View
from marketplace.kernel.ids import public
from marketplace.payouts.states import HOLD_REASONS, PAYOUT, PAYOUT_RUN
from marketplace.rails.states import DEPOSIT
from marketplace.settlement.states import INSTALLMENT

RAIL = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$", error="The name of a rail, such as sandbox.")
PAYEES = validate.OneOf(("worker", "layer"))


_DEPOSIT_STATES = validate.OneOf(sorted(DEPOSIT.states))


class PayeeId(fields.Field[Any]):
    """The public id of a payee, whose noun follows from `payee_kind`."""

    def __init__(self) -> None:
        """Always documented the same way."""
        super().__init__(metadata={"type": "string", "description": "`per_…` of a worker, `org_…` of a layer."})

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str:
        del attr, kwargs
        return public("person" if obj.payee_kind == "worker" else "organization", value)


class DepositInput(Input):
    """Money to bring in over a rail."""

    rail = fields.String(load_default="sandbox", validate=RAIL)
    amount = MoneyField(required=True)


class FundInput(Input):
    """How much of the deposits is tied to the job."""

    amount = MoneyField(required=True)


class PayInView(View):
    """Where to send money by a bank transfer."""

    holder = fields.String()
    account = fields.String(metadata={"description": "An IBAN, or an account number at the bank of `bic`."})
    bic = fields.String()
    reference = fields.String(
        metadata={"description": "Quote it with the transfer (ISO 11649): by it the money is known to be yours."}
    )


class DepositView(View):
    """Money on its way in, or arrived."""

    id = PublicId("deposit")
    organization_id = PublicId("organization")
    rail = fields.String()
    amount = MoneyField(
        attribute="money", metadata={"description": "What was ordered; once it is available, what came in."}
    )
    announced = MoneyField(
        attribute="announced_money",
        allow_none=True,
        metadata={"description": "What was ordered, where a bank transfer then brought another amount."},
    )
    state = fields.String(validate=_DEPOSIT_STATES)
    reason = fields.String(allow_none=True)
    pay_in = fields.Nested(
        PayInView,
        allow_none=True,
        metadata={"description": "Where you send the money, while a deposit on the rail bank waits for it."},
    )
    client_secret = fields.String(
        allow_none=True,
        metadata={
            "description": "What Stripe's own form needs to take the payment in the payer's browser; only for your "
            "organization, and null where the rail asks no payer."
        },
    )
    created_at = Instant()
    available_at = Instant(allow_none=True)


class DepositQuery(ListQuery):
    """Filters of the list of deposits."""

    state = fields.String(validate=_DEPOSIT_STATES)


class BalanceView(View):
    """An organization's money that no job holds, by currency."""

    data = fields.List(MoneyField())


class ReserveView(View):
    """A job's money."""

    reserve = MoneyField(metadata={"description": "All that is tied to the job."})
    committed = MoneyField(metadata={"description": "For released seats not yet paid or finally refused."})
    free = MoneyField()


class RateCostView(View):
    """What the items of one rate cost at most."""

    code = fields.String()
    price = MoneyField(metadata={"description": "Per accepted answer, the fee inside."})
    fee = MoneyField(metadata={"description": "In the price; fixed at publication, as it would be fixed before."})
    items = fields.Integer()
    answers = fields.Integer(metadata={"description": "At most: items times redundancy, or answers_max."})
    cost = MoneyField(metadata={"description": "Answers times price."})
    fees = MoneyField(metadata={"description": "Answers times fee; inside the cost."})


class JobWarningView(View):
    """Something about a job that may not be meant so."""

    code = fields.String()
    message = fields.String()


class CostPreviewView(View):
    """What a job costs at most, and how much of that is funded."""

    job_id = PublicId("job")
    redundancy = fields.Integer()
    rates = fields.List(fields.Nested(RateCostView))
    cost = MoneyField(metadata={"description": "Of all answers, the fees inside."})
    fees = MoneyField()
    allowance = MoneyField(metadata={"description": "Kept back for gold answers, bonuses and paid recovery."})
    total = MoneyField(metadata={"description": "Cost and allowance."})
    funded = MoneyField(metadata={"description": "Tied to the job in all, and not returned."})
    spent = MoneyField(metadata={"description": "Of what is funded, paid for accepted answers."})
    reserve = MoneyField(metadata={"description": "Of what is funded, still there."})
    committed = MoneyField(metadata={"description": "Of the reserve, for released seats not yet paid or refused."})
    free = MoneyField(metadata={"description": "Of the reserve, the rest."})
    missing = MoneyField(metadata={"description": "Of the total, not funded yet; nothing once the job has ended."})
    warnings = fields.List(
        fields.Nested(JobWarningView), metadata={"description": "What may not be meant so; nothing forbids it."}
    )


class InstallmentView(View):
    """What falls due to one payee, of one contract, on one day."""

    id = PublicId("installment")
    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    contract_id = PublicId("contract")
    due_on = Day()
    amount = MoneyField(attribute="money")
    state = fields.String(validate=validate.OneOf(sorted(INSTALLMENT.states)))
    held_reason = fields.String(allow_none=True)
    payout_id = PublicId("payout", allow_none=True)
    paid_at = Instant(allow_none=True)


class InstallmentQuery(ListQuery):
    """Filters of the list of installments."""

    state = fields.String(validate=validate.OneOf(sorted(INSTALLMENT.states)))
    contract_id = PublicId("contract")
    due_by = Day()


class RunInput(Input):
    """What a payout run takes up."""

    rail = fields.String(load_default="sandbox", validate=RAIL)
    due_by = Day(load_default=None, allow_none=True, metadata={"description": "Today if left out."})


class CancelPayoutInput(Input):
    """What becomes of the installments of a payout that is given up."""

    hold_reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(HOLD_REASONS),
        metadata={
            "description": "Hold the installments until the payee sets a payout method again; due again if left out."
        },
    )


class RunView(View):
    """A payout run."""

    id = PublicId("payout_run")
    state = fields.String(validate=validate.OneOf(sorted(PAYOUT_RUN.states)))
    rail = fields.String()
    due_by = Day()
    prepared_by = PublicId("person")
    prepared_at = Instant()
    approved_by = PublicId("person", allow_none=True)
    approved_at = Instant(allow_none=True)
    executed_by = PublicId("person", allow_none=True)
    executed_at = Instant(allow_none=True)
    done_at = Instant(allow_none=True)


class PayoutSummaryView(View):
    """A payout as its run lists it."""

    id = PublicId("payout")
    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    contract_id = PublicId("contract", allow_none=True)
    amount = MoneyField(attribute="money")
    paid = MoneyField(
        metadata={"description": "What the payee gets: the amount less what is withheld, or what it was changed into."}
    )
    state = fields.String(validate=validate.OneOf(sorted(PAYOUT.states)))


class RunTotalView(View):
    """The payouts of a run in one state and currency."""

    state = fields.String(validate=validate.OneOf(sorted(PAYOUT.states)))
    count = fields.Integer()
    amount = MoneyField(attribute="money")


class RunDetailView(RunView):
    """A payout run with the sums of its payouts."""

    totals = fields.List(fields.Nested(RunTotalView))
    pay_holds = fields.Integer(
        metadata={"description": "Holds of finance in force when it was prepared: what they hold is left out."}
    )


class RunQuery(ListQuery):
    """Filters of the list of runs."""

    state = fields.String(validate=validate.OneOf(sorted(PAYOUT_RUN.states)))


class PayoutQuery(ListQuery):
    """Filters of the list of payouts."""

    run_id = PublicId("payout_run")
    state = fields.String(validate=validate.OneOf(sorted(PAYOUT.states)))


class PayoutLineView(View):
    """One installment that a payout pays."""

    installment_id = PublicId("installment", attribute="id")
    due_on = Day()
    amount = MoneyField(attribute="money")
    advance_fee = MoneyField(attribute="fee", metadata={"description": "Accepted for having it before `due_on`."})


class WithheldView(View):
    """What a payout withholds for one authority."""

    authority = fields.String()
    rate_ppm = fields.Integer()
    amount = MoneyField(attribute="money")


class PayoutView(PayoutSummaryView):
    """One transfer to one payee; amount = lines - advance_fee + carried_in - carried_out."""

    run_id = PublicId("payout_run")
    carried_in = MoneyField()
    carried_out = MoneyField(metadata={"description": "Too little for the rail, or for a rate; stays owed."})
    withheld = fields.List(
        fields.Nested(WithheldView), metadata={"description": "Tax of the amount, by authority; empty for none."}
    )
    quotes = fields.List(
        fields.Nested(QuoteView),
        metadata={"description": "What the payee was shown, oldest first; empty where the currency is the one owed."},
    )
    advance_fee = MoneyField(attribute="fee", metadata={"description": "For what the worker took early; inside."})
    attempt = fields.Integer()
    rail = fields.String()
    rail_reference = fields.String(allow_none=True)
    refusal_code = fields.String(allow_none=True)
    created_at = Instant()
    sent_at = Instant(allow_none=True)
    settled_at = Instant(allow_none=True)
    lines = fields.List(fields.Nested(PayoutLineView))
