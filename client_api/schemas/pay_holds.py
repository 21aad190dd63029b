"""What finance holds of what is due to a payee."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, PublicId, View
from client_api.schemas.money import PAYEES, PayeeId
from marketplace.contracts.reasons import REASON_LENGTH_MAX
from marketplace.settlement.pay_hold_queries import STATES

_REASON = validate.Length(1, REASON_LENGTH_MAX)
_STATES = validate.OneOf(STATES)


class PayHoldInput(Input):
    """What is held: one of payee, installment and payout."""

    payee_id = fields.String(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "All that is due to `per_…` of a worker or `org_…` of a subcontractor, and falls due."
        },
    )
    installment_id = PublicId("installment", load_default=None, allow_none=True)
    payout_id = PublicId(
        "payout",
        load_default=None,
        allow_none=True,
        metadata={"description": "One that is not on its way: it is given up, and its installments are held."},
    )
    reason = fields.String(required=True, validate=_REASON, metadata={"description": "In words; the payee reads it."})
    ends_on = Day(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The market day on which it ends by itself. Without one a layer's ends when it is released, "
            "a worker's after HOLD_WORKER_DAYS_MAX days."
        },
    )

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if sum(data.get(name) is not None for name in ("payee_id", "installment_id", "payout_id")) != 1:
            raise ValidationError("Name one of payee_id, installment_id and payout_id.", "payee_id")


class PayHoldReleaseInput(Input):
    """Why a hold ends early."""

    reason = fields.String(required=True, validate=_REASON, metadata={"description": "In words; the payee reads it."})


class PayHoldView(View):
    """What finance holds of what is due to a payee: all of it and what falls due meanwhile, or some installments.

    One person alone holds a worker's pay for seven days of 90; longer once another person confirms it.
    """

    id = PublicId("pay_hold")
    state = fields.String(validate=_STATES)
    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    installment_ids = fields.List(
        PublicId("installment"), allow_none=True, metadata={"description": "Null is all that is due to the payee."}
    )
    reason = fields.String()
    ends_on = Day(allow_none=True, metadata={"description": "Null is when it is released."})
    asked_until = Day(
        allow_none=True, metadata={"description": "When it ends once another person confirms it; null for a short one."}
    )
    placed_by = PublicId("person")
    placed_at = Instant()
    confirmed_by = PublicId("person", allow_none=True)
    confirmed_at = Instant(allow_none=True)
    released_by = PublicId("person", allow_none=True)
    released_at = Instant(allow_none=True)
    release_reason = fields.String(allow_none=True)


class PayHoldQuery(ListQuery):
    """Filters of the list of holds."""

    state = fields.String(validate=_STATES)
