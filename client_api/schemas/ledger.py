from __future__ import annotations

from marshmallow import fields

from client_api.schemas.fields import Day, Instant, MoneyField, PublicId, View


class TrialLineView(View):
    """All accounts of one code and currency together."""

    code = fields.Integer(metadata={"example": 2020})
    name = fields.String(attribute="code.definition.name")
    currency = fields.String()
    debits = MoneyField()
    credits = MoneyField()
    balance = MoneyField(metadata={"description": "On the side on which accounts of this code grow."})


class TrialBalanceView(View):
    """Every code and currency with a posting; debits equal credits in each currency."""

    data = fields.List(fields.Nested(TrialLineView))


class AccountView(View):
    """An account: its code and what else tells it apart."""

    code = fields.Integer()
    owner = fields.String(metadata={"description": "Only where the chart asks for it, as the next ones."})
    contract = fields.String()
    due_on = fields.String(metadata={"format": "date"})
    label = fields.String()

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Only the code is always there."""
        field_obj.required = field_name == "code"


class PostingView(View):
    """One debit and one credit of one amount."""

    debit = fields.Nested(AccountView)
    credit = fields.Nested(AccountView)
    amount = MoneyField()


class JournalView(View):
    """One business event of money."""

    id = PublicId("journal")
    kind = fields.String(metadata={"example": "J3", "description": "As in docs/ledger.md."})
    key = fields.String(metadata={"description": "Names the business event; there is one journal for it."})
    subject = fields.String(metadata={"description": "The public id of what it is about."})
    effective_on = Day()
    recorded_at = Instant()
    actor = fields.String()
    reverses_id = PublicId("journal", allow_none=True)
    postings = fields.List(fields.Nested(PostingView))
