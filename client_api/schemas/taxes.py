"""Tax that is withheld on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, View
from client_api.schemas.money import PAYEES, PayeeId
from marketplace.kernel.money import PPM
from marketplace.payouts.states import WITHHOLDING
from marketplace.payouts.tax_queries import YEARS
from marketplace.payouts.withholding import AUTHORITY, LINES_MAX

AUTHORITIES = validate.Regexp(f"^{AUTHORITY.pattern}$", error="A country and a short name, such as US-IRS.")


class TaxLineInput(Input):
    """One authority's share of what a payout pays before tax."""

    authority = fields.String(required=True, validate=AUTHORITIES, metadata={"example": "KE-KRA"})
    rate_ppm = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, PPM - 1),
        metadata={"description": "Parts per million; of each payout by itself, rounded down to minor units."},
    )


class WithholdingInput(Input):
    """What is withheld from a payee from a day on, in the place of whatever was before."""

    payee_id = fields.String(
        required=True, metadata={"description": "`per_…` of a worker, `org_…` of a subcontractor."}
    )
    valid_from = Day(required=True)
    lines = fields.List(
        fields.Nested(TaxLineInput),
        required=True,
        validate=validate.Length(max=LINES_MAX),
        metadata={"description": "In their order; none ends all withholding."},
    )


class TaxLineView(View):
    """One authority's share of what a payout pays before tax."""

    authority = fields.String()
    rate_ppm = fields.Integer()


class WithholdingView(View):
    """What is withheld from a payee, once another person than the proposer has approved it."""

    id = PublicId("withholding")
    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    valid_from = Day()
    lines = fields.List(fields.Nested(TaxLineView))
    state = fields.String(validate=validate.OneOf(sorted(WITHHOLDING.states)))
    proposed_by = PublicId("person")
    proposed_at = Instant()
    decided_by = PublicId("person", allow_none=True)
    decided_at = Instant(allow_none=True)


class WithholdingQuery(ListQuery):
    """Filters of the list."""

    state = fields.String(validate=validate.OneOf(sorted(WITHHOLDING.states)))


class TaxYearQuery(ListQuery):
    """Which year."""

    year = fields.Integer(
        required=True,
        validate=validate.Range(YEARS.start, YEARS.stop - 1),
        metadata={"description": "Of the moment at which payouts settled, UTC.", "example": 2027},
    )


class AuthoritySumView(View):
    """What was withheld for one authority."""

    authority = fields.String()
    amount = MoneyField()
    remitted = MoneyField(metadata={"description": "What of it was paid to the authority."})


class TaxYearLineView(View):
    """A payee's year in one currency; gross is net and all that was withheld."""

    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    gross = MoneyField()
    withheld = fields.List(fields.Nested(AuthoritySumView))
    net = MoneyField()
