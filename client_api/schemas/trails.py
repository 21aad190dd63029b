"""A payout followed from its answers to the bank's line, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Instant, MoneyField, PublicId, SignedMoneyField, View
from client_api.schemas.money import PAYEES, PayeeId
from marketplace.kernel.ids import public
from marketplace.payouts.states import PAYOUT
from marketplace.reconciliation.trails.finding import REFERENCE_MAX
from marketplace.reconciliation.trails.steps import BREAKS, REASONS, STEPS
from marketplace.settlement.states import INSTALLMENT

_STEP = validate.OneOf(STEPS)
_PAYOUT_STATE = validate.OneOf(sorted(PAYOUT.states))
_INSTALLMENT_STATE = validate.OneOf(sorted(INSTALLMENT.states))


class PayoutEventView(View):
    """What happened to a payout."""

    kind = fields.String()
    attempt = fields.Integer()
    state_before = fields.String(allow_none=True)
    state_after = fields.String()
    person_id = PublicId("person", allow_none=True, metadata={"description": "Who did it; null: the service."})
    at = Instant(metadata={"description": "Market time."})


class PayoutHistoryView(View):
    """The oldest first."""

    data = fields.List(fields.Nested(PayoutEventView))


class TrailStepView(View):
    """One station of the money: how many things, their sum by currency, and what the ledger says of the same."""

    step = fields.String(attribute="name", validate=_STEP)
    count = fields.Integer()
    sums = fields.List(SignedMoneyField())
    booked = fields.List(
        SignedMoneyField(),
        allow_none=True,
        metadata={"description": "From the ledger's postings; null where it keeps no such sum."},
    )


class TrailReasonView(View):
    """A part of the difference between two steps: below nothing it leaves the way, above it joins."""

    reason = fields.String(validate=validate.OneOf(list(REASONS)))
    amount = SignedMoneyField(attribute="money")
    about = fields.String(
        allow_none=True, metadata={"description": "The tax authority, the rate, or the line that it is of."}
    )


class TrailBridgeView(View):
    """Why a step's sum is not the next one's; the sum, its reasons and what is unexplained make the next sum."""

    before = fields.String(validate=_STEP)
    after = fields.String(validate=_STEP)
    reasons = fields.List(fields.Nested(TrailReasonView))
    unexplained = fields.List(SignedMoneyField(), metadata={"description": "Empty where it adds up."})


class TrailBreakView(View):
    """One thing that does not add up."""

    step = fields.String(validate=_STEP)
    what = fields.String(validate=validate.OneOf(list(BREAKS)))
    subject = fields.Method(
        "_subject",
        allow_none=True,
        metadata={
            "type": "string",
            "description": "The id of the answer, earning, installment or line, where it is of one.",
        },
    )
    expected = SignedMoneyField()
    found = SignedMoneyField()

    def _subject(self, one: Any) -> str | None:
        return None if one.noun is None else public(one.noun, one.subject_id)


class TrailAttemptView(View):
    """One key that the rail was shown; another attempt begins only after a certain refusal."""

    attempt = fields.Integer()
    key = fields.String()
    tries = fields.Integer()
    first_at = Instant()
    state = fields.String(validate=_PAYOUT_STATE)
    reference = fields.String(allow_none=True)
    code = fields.String(allow_none=True)


class TrailLineView(View):
    """A line of the rail's balance, or of the bank's statement."""

    id = PublicId("external_line")
    external_id = fields.String()
    kind = fields.String()
    state = fields.String()
    reference = fields.String()
    occurred_at = Instant()
    amount = SignedMoneyField(attribute="money")
    fee = SignedMoneyField()
    booked_by_this_payout = fields.Boolean(attribute="ours")


class TrailWhereaboutsView(View):
    """What became of installments of the payout."""

    state = fields.String(validate=_INSTALLMENT_STATE)
    payout_id = PublicId("payout", allow_none=True)
    count = fields.Integer()
    amount = MoneyField(attribute="money")


class TrailView(View):
    """A payout from the answers that earned it to the lines that confirm it; what does not add up comes first."""

    payout_id = PublicId("payout")
    adds_up = fields.Boolean()
    breaks = fields.List(fields.Nested(TrailBreakView))
    steps = fields.List(fields.Nested(TrailStepView), metadata={"description": "Always all six, in their order."})
    bridges = fields.List(fields.Nested(TrailBridgeView), metadata={"description": "Between each step and the next."})
    attempts = fields.List(fields.Nested(TrailAttemptView))
    lines = fields.List(fields.Nested(TrailLineView))
    now = fields.List(fields.Nested(TrailWhereaboutsView))


class TrailEarningView(View):
    """A dated share that a payout pays, of what an answer to an item earned."""

    item_id = PublicId("item")
    external_id = fields.String()
    answer_id = PublicId("answer")
    claim_id = PublicId("claim")
    earning_id = PublicId("earning")
    installment_id = PublicId("installment")
    accepted_on = Day()
    due_on = Day()
    price = MoneyField(metadata={"description": "The client's, for the answer."})
    earned = MoneyField(metadata={"description": "By this payee, for the answer."})
    share = MoneyField(metadata={"description": "What of that this payout pays."})


class TrailInstallmentView(View):
    """An installment that a payout took."""

    id = PublicId("installment")
    contract_id = PublicId("contract")
    due_on = Day()
    state = fields.String(validate=_INSTALLMENT_STATE)
    payout_id = PublicId("payout", allow_none=True, metadata={"description": "Which payout it is in now."})
    amount = MoneyField(attribute="money")
    taken = MoneyField(metadata={"description": "As the payout took it."})


class PlaceQuery(ListQuery):
    """What is looked for."""

    of = fields.String(
        required=True,
        validate=validate.Length(1, REFERENCE_MAX),
        metadata={
            "description": "The id of an item, claim, answer, earning, installment, payout, payout run, journal or "
            "external line; or a reference of the rail or bank, such as an end-to-end id.",
            "example": "pay_01hf5z9qk3mcd0e8v2x7r4t6wn",
        },
    )


class PlaceView(View):
    """Where a part of the money is."""

    amount = MoneyField(attribute="money")
    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    payout_id = PublicId("payout", allow_none=True)
    payout_state = fields.String(validate=_PAYOUT_STATE, allow_none=True)
    installment_id = PublicId("installment", allow_none=True)
    installment_state = fields.String(validate=_INSTALLMENT_STATE, allow_none=True)
    due_on = Day(allow_none=True)
    answer_id = PublicId("answer", allow_none=True)
    earning_id = PublicId("earning", allow_none=True)
