"""Money that finance moves itself, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.currencies import CURRENCY
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, SignedMoneyField, View
from client_api.schemas.money import PAYEES, PayeeId
from client_api.schemas.taxes import AUTHORITIES
from marketplace.payouts.remittance_lines import TAXES, WITHHELD
from marketplace.payouts.remitting import REFERENCE_MAX
from marketplace.payouts.states import TAX_REMITTANCE
from marketplace.reconciliation.states import WHY
from marketplace.settlement.own_money_models import DEBTS, MOVES
from marketplace.settlement.states import OWN_MONEY_MOVE

REASON_MAX = 2_000
LINE_STATES = ("unmatched", "matched", "set_aside")


class ExternalLineQuery(ListQuery):
    """Filters of the list."""

    state = fields.String(validate=validate.OneOf(LINE_STATES))


class ExternalLineView(View):
    """A line of a rail's balance, or of a statement of the bank."""

    id = PublicId("external_line")
    rail = fields.String()
    kind = fields.String()
    reference = fields.String(metadata={"description": "The rail's or the bank's own."})
    amount = SignedMoneyField(attribute="money", metadata={"description": "Positive came in, below nothing went out."})
    state = fields.String(validate=validate.OneOf(LINE_STATES))
    occurred_at = Instant()
    journal_id = PublicId("journal", allow_none=True)
    why = fields.String(
        allow_none=True, validate=validate.OneOf(WHY), metadata={"description": "Why nothing explained it."}
    )
    owner_id = PublicId("person", allow_none=True, metadata={"description": "Who of finance looks after it."})


class RemittanceInput(Input):
    """Which tax is to be paid to its authority."""

    tax = fields.String(
        load_default=WITHHELD,
        validate=validate.OneOf(TAXES),
        metadata={"description": "`withheld` from payouts, or `sales` tax inside the fees of invoices."},
    )
    authority = fields.String(required=True, validate=AUTHORITIES, metadata={"example": "KE-KRA"})
    currency = fields.String(required=True, validate=CURRENCY, metadata={"example": "USD"})
    first = Day(
        required=True,
        metadata={"description": "First day of the period, UTC: payouts settled in it, months of fees ended in it."},
    )
    last = Day(
        required=True, metadata={"description": "Its last day, which is over; the fees of its months are invoiced."}
    )


class RemittanceView(View):
    """Tax on its way to its authority."""

    id = PublicId("tax_remittance")
    tax = fields.String(validate=validate.OneOf(TAXES))
    authority = fields.String()
    first = Day(attribute="first_on")
    last = Day(attribute="last_on")
    amount = MoneyField(attribute="money")
    state = fields.String(validate=validate.OneOf(sorted(TAX_REMITTANCE.states)))
    proposed_by = PublicId("person")
    proposed_at = Instant()
    decided_by = PublicId("person", allow_none=True)
    decided_at = Instant(allow_none=True)
    paid_at = Instant(allow_none=True)
    reference = fields.String(allow_none=True, metadata={"description": "What the bank calls the payment."})
    journal_id = PublicId("journal", allow_none=True)


class RemittanceQuery(ListQuery):
    """Filters of the list."""

    state = fields.String(validate=validate.OneOf(sorted(TAX_REMITTANCE.states)))


class RemittedPayeeView(View):
    """A payee of a remittance; below nothing for what came back after an earlier one had it."""

    payee_kind = fields.String(validate=PAYEES)
    payee_id = PayeeId()
    payouts = fields.Integer()
    gross = SignedMoneyField(metadata={"description": "What the payouts paid before tax."})
    withheld = SignedMoneyField()


class RemittedDocumentView(View):
    """An invoice of a remittance of sales tax, or a credit note, which lessens it and is below nothing."""

    invoice_id = PublicId("invoice", attribute="invoice.id")
    number = fields.String(attribute="invoice.full_number")
    kind = fields.String(attribute="invoice.kind", validate=validate.OneOf(["invoice", "credit_note"]))
    month = fields.String(attribute="invoice.month_text", metadata={"description": "Of the fees: `2027-01`."})
    organization_id = PublicId("organization", attribute="invoice.organization_id")
    rate_ppm = fields.Integer()
    net = SignedMoneyField()
    tax = SignedMoneyField(metadata={"description": "Of this authority."})


class RemittancePaidInput(Input):
    """How a remittance was paid: by a line of the bank or a rail, or from the operating account."""

    line_id = PublicId("external_line", metadata={"description": "The line that took exactly its amount."})
    reference = fields.String(
        validate=validate.Length(1, REFERENCE_MAX),
        metadata={"description": "Instead of a line, for the operating account: what the bank calls the payment."},
    )


class OwnMoneyInput(Input):
    """What is to be done with the platform's own money: an amount of a kind, or a debt that is given up."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([*MOVES, *DEBTS]),
        metadata={
            "description": "`capital` that the owners put in, `fees` taken out of the wage account, a `contribution` "
            "to the wage guarantee fund; or what a layer owes for an `extra` or a `quality_claim`, which is given up."
        },
    )
    amount = MoneyField(metadata={"description": "Of the first three kinds; of a debt it is what is owed."})
    extra_id = PublicId("extra")
    quality_claim_id = PublicId("quality_claim")
    reason = fields.String(required=True, validate=validate.Length(1, REASON_MAX))


class OwnMoneyView(View):
    """A proposal to move the platform's own money, and what became of it."""

    id = PublicId("own_money_move")
    kind = fields.String(validate=validate.OneOf([*MOVES, *DEBTS]))
    amount = MoneyField(attribute="money", metadata={"description": "What was proposed."})
    done = MoneyField(
        allow_none=True,
        metadata={"description": "What was booked or given up: less where some of a debt came back meanwhile."},
    )
    extra_id = PublicId("extra", allow_none=True)
    quality_claim_id = PublicId("quality_claim", allow_none=True)
    reason = fields.String()
    state = fields.String(validate=validate.OneOf(sorted(OWN_MONEY_MOVE.states)))
    proposed_by = PublicId("person")
    proposed_at = Instant()
    decided_by = PublicId("person", allow_none=True)
    decided_at = Instant(allow_none=True)


class OwnMoneyQuery(ListQuery):
    """Filters of the list."""

    state = fields.String(validate=validate.OneOf(sorted(OWN_MONEY_MOVE.states)))


class ConversionInput(Input):
    """An exchange at the bank, by the two lines that show it."""

    sold_line_id = PublicId("external_line", required=True)
    bought_line_id = PublicId("external_line", required=True)
    reason = fields.String(required=True, validate=validate.Length(1, REASON_MAX))


class ConversionView(View):
    """An exchange at the bank that closes what stood open between two currencies."""

    id = PublicId("currency_conversion")
    sold = MoneyField()
    bought = MoneyField()
    result = SignedMoneyField(metadata={"description": "In the currency owed: a gain, or below nothing a loss."})
    sold_journal_id = PublicId("journal")
    bought_journal_id = PublicId("journal")
    reason = fields.String()
    entered_by = PublicId("person")
    entered_at = Instant()
