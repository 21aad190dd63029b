"""Closing months of the books, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Day, Input, Instant, PublicId, SignedMoneyField, View
from client_api.schemas.ledger import TrialLineView
from marketplace.ledger.periods import REASON_MAX
from marketplace.reconciliation.open_matters import KINDS

STATES = ("proposed", "closed", "reopened", "refused", "superseded")


class MonthQuery(Input):
    """Which month."""

    month = fields.String(required=True, metadata={"example": "2027-01"})


class PeriodInput(Input):
    """The month to close."""

    month = fields.String(required=True, metadata={"example": "2027-01", "description": "A month that is over."})


class PeriodReasonInput(Input):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, REASON_MAX))


class PeriodView(View):
    """A proposal to close a month or to open one again, and what became of it."""

    id = PublicId("period")
    month = fields.String(metadata={"example": "2027-01"})
    action = fields.String(validate=validate.OneOf(["close", "reopen"]))
    reason = fields.String(allow_none=True, metadata={"description": "Of a reopening."})
    state = fields.String(
        validate=validate.OneOf(STATES),
        metadata={"description": "`reopened` is a close that ended, and the proposal that ended it."},
    )
    digest = fields.String(
        metadata={"description": "SHA-256 of what every account had been debited and credited by the month's end."}
    )
    proposed_by = PublicId("person")
    proposed_at = Instant()
    closed_by = PublicId("person", allow_none=True)
    closed_at = Instant(allow_none=True)
    checkpoint_tree_size = fields.Integer(
        allow_none=True, metadata={"description": "Of the log's newest signed head at the close."}
    )
    reopened_by = PublicId("person", allow_none=True)
    reopened_at = Instant(allow_none=True)
    refused_by = PublicId("person", allow_none=True)
    refused_at = Instant(allow_none=True)
    refusal_reason = fields.String(allow_none=True)


class PeriodTotalsView(PeriodView):
    """It with the trial balance at the close; no totals before it."""

    totals = fields.List(fields.Nested(TrialLineView))
    checkpoint = fields.String(
        allow_none=True, metadata={"description": "The log's signed head at the close, as a C2SP note."}
    )


class OpenMatterView(View):
    """Things of one kind that began by the month's end and are open now."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    count = fields.Integer()
    sums = fields.List(SignedMoneyField())


class MonthView(View):
    """What a month holds, for who closes it."""

    month = fields.String(metadata={"example": "2027-01"})
    digest = fields.String(
        metadata={"description": "SHA-256 of what every account has been debited and credited by the month's end."}
    )
    totals = fields.List(fields.Nested(TrialLineView))
    open = fields.List(fields.Nested(OpenMatterView))
    checked_on = Day(allow_none=True, metadata={"description": "When all invariants were looked at last, real time."})
    failed = fields.List(fields.String(), metadata={"description": "The invariants that did not hold then."})
