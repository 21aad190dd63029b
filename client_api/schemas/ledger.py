from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.currencies import CURRENCY
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, SignedMoneyField, View
from marketplace.ledger.chart import Code
from marketplace.ledger.journal_queries import KINDS

_HELD = {"description": "On the side on which accounts of this code grow."}
_FIRST = {"description": "The first day on which it is effective; the beginning unless given."}
_LAST = {"description": "The last one; the market's today unless given."}


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
    debit_id = PublicId("account")
    credit_id = PublicId("account")
    amount = MoneyField()


class HeldQuery(ListQuery):
    """Which accounts, and as of when."""

    code = fields.Integer(required=True, strict=False, validate=validate.OneOf([int(code) for code in Code]))
    currency = fields.String(required=True, validate=CURRENCY)
    due_from = Day(metadata={"description": "Of accounts with a due date: the first that is wanted."})
    due_until = Day(metadata={"description": "The last one."})
    as_of = Day(metadata={"description": "What they held at the end of this market day; now unless given."})


class HeldView(View):
    """An account and what it holds."""

    id = PublicId("account")
    account = fields.Nested(AccountView)
    debits = MoneyField()
    credits = MoneyField()
    balance = SignedMoneyField(metadata=_HELD)


class DaysQuery(Input):
    """A range of days."""

    first = Day(metadata=_FIRST)
    last = Day(metadata=_LAST)


class AccountSumsView(View):
    """An account over a range of days; opening and what moved make closing."""

    id = PublicId("account")
    account = fields.Nested(AccountView)
    opening = SignedMoneyField(metadata=_HELD)
    debits = MoneyField()
    credits = MoneyField()
    closing = SignedMoneyField(metadata=_HELD)


class AccountLinesQuery(ListQuery):
    """Of which days."""

    first = Day(metadata=_FIRST)
    last = Day(metadata=_LAST)


class AccountLineView(View):
    """A posting as one of its two accounts sees it; the debit or the credit is nothing."""

    journal_id = PublicId("journal")
    kind = fields.String(metadata={"example": "J3"})
    subject = fields.String(metadata={"description": "The public id of what the journal is about."})
    effective_on = Day()
    recorded_at = Instant()
    other_account = fields.Nested(AccountView)
    debit = MoneyField()
    credit = MoneyField()
    balance = SignedMoneyField(metadata={"description": "What the account held after it."})


class JournalQuery(ListQuery):
    """Which journals."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    first = Day(metadata=_FIRST)
    last = Day(metadata=_LAST)
    subject = fields.String(
        validate=validate.Length(max=100), metadata={"description": "The public id of what it is about."}
    )


class JournalHeadView(View):
    """One business event of money, without its postings."""

    id = PublicId("journal")
    kind = fields.String(metadata={"example": "J3", "description": "As in docs/ledger.md."})
    key = fields.String(metadata={"description": "Names the business event; there is one journal for it."})
    subject = fields.String(metadata={"description": "The public id of what it is about."})
    effective_on = Day()
    recorded_at = Instant()
    actor = fields.String()
    reverses_id = PublicId("journal", allow_none=True)


class JournalView(JournalHeadView):
    """One business event of money."""

    postings = fields.List(fields.Nested(PostingView))
