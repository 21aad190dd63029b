"""The freeze of payouts, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, SignedMoneyField, View
from marketplace.rails.freezing import REASON_MAX


class FreezeReasonInput(Input):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, REASON_MAX))


class PayoutFreezeInput(FreezeReasonInput):
    """Why payouts are frozen, and how far back the rails must be read before they are sent again."""

    read_from = Instant(
        load_default=None, metadata={"description": "From when on; from the rails' beginning unless given."}
    )


class AcknowledgeInput(FreezeReasonInput):
    """Which transfer was looked into, and what it was."""

    line_id = PublicId("external_line", required=True)


class PayoutFreezeView(View):
    """Whether payouts are frozen, and who asked that they be sent again."""

    frozen = fields.Boolean()
    reason = fields.String(allow_none=True)
    read_from = Instant(allow_none=True)
    lift_asked_by = PublicId("person", allow_none=True)
    lift_asked_at = Instant(allow_none=True)
    lift_reason = fields.String(allow_none=True)


class UnexplainedView(View):
    """A transfer that a rail made and that nothing here explains; it keeps payouts frozen."""

    rail = fields.String()
    line_id = fields.String(attribute="line", allow_none=True, metadata={"description": "To acknowledge it by."})
    reference = fields.String()
    amount = SignedMoneyField(allow_none=True)
    at = Instant(allow_none=True)
    why = fields.String()


class ReadBackView(View):
    """What came of reading the rails back; payouts may be sent again where nothing is left."""

    adopted = fields.Integer(metadata={"description": "Payouts that the rails had sent."})
    rebuilt = fields.Integer(metadata={"description": "Payouts made since the backup."})
    given_up = fields.Integer(metadata={"description": "Payouts of drafts that nobody sent."})
    left = fields.List(fields.Nested(UnexplainedView))
