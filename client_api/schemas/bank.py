"""Payment files, bank statements and reports on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.schemas.currencies import CURRENCY
from client_api.schemas.fields import Day, Input, Instant, MoneyField, PublicId, SignedMoneyField, View
from marketplace.rails.csv_layouts import DATE_FORMS, DECIMALS, DELIMITERS, ENCODINGS

FILE_BYTES_MAX = 50 * 2**20
NAME_MAX = 100


def _column(description: str, *, required: bool = False) -> fields.String:
    return fields.String(
        required=required, validate=validate.Length(1, NAME_MAX), metadata={"description": description}
    )


def _columns(description: str) -> fields.List[Any]:
    one = fields.String(validate=validate.Length(1, NAME_MAX))
    return fields.List(one, load_default=list, validate=validate.Length(max=20), metadata={"description": description})


class WaitingPaymentsView(View):
    """Payments in one currency that are in no payment file yet."""

    count = fields.Integer()
    amount = MoneyField(attribute="money")


class StatementGapView(View):
    """Two statements of one account that do not follow each other: something between them is missing."""

    account = fields.String()
    after = fields.String(metadata={"description": "The bank's id of the statement before the gap."})
    closing = SignedMoneyField(metadata={"description": "What the account holds: below nothing where it is overdrawn."})
    before = fields.String(metadata={"description": "The bank's id of the statement after the gap."})
    opening = SignedMoneyField(metadata={"description": "What the account holds: below nothing where it is overdrawn."})


class BankStatusView(View):
    """What waits for the bank, and where statements are missing."""

    waiting = fields.List(fields.Nested(WaitingPaymentsView))
    gaps = fields.List(fields.Nested(StatementGapView))


class BankFileView(View):
    """A payment file (pain.001) as it was made."""

    id = PublicId("bank_file")
    message_id = fields.String(metadata={"description": "The name under which the bank knows it."})
    count = fields.Integer(metadata={"description": "Payments in it."})
    amount = MoneyField(attribute="money", metadata={"description": "The control sum."})
    sha256 = fields.Function(lambda file: file.sha256.hex(), metadata={"type": "string"})
    made_by = PublicId("person", allow_none=True)
    created_at = Instant()


class BankFileContentView(BankFileView):
    """A payment file with its content, always the same."""

    content = fields.String(metadata={"description": "The XML, whose UTF-8 bytes have the digest `sha256`."})


class BankFilesView(View):
    """The files that were made, one for each currency."""

    data = fields.List(fields.Nested(BankFileView))


class BankDocumentInput(Input):
    """A file of the bank's, as it is."""

    content_base64 = fields.String(
        required=True,
        validate=validate.Length(max=FILE_BYTES_MAX * 4 // 3 + 4),
        metadata={"description": "The bytes of the file in base64 (RFC 4648, section 4)."},
    )


class BankStatementsInput(BankDocumentInput):
    """A file of statements: camt.053 or MT940, or a CSV and the layout that it has."""

    layout = fields.String(
        validate=validate.Length(1, NAME_MAX), metadata={"description": "The name of a saved layout, for a CSV."}
    )
    opening = SignedMoneyField(metadata={"description": "For a CSV without a column of balances: before its lines."})
    closing = SignedMoneyField(metadata={"description": "And after its lines."})


class CsvLayoutInput(Input):
    """How the columns of a bank's CSV are read; each is named as in the file."""

    name = fields.String(required=True, validate=validate.Length(1, NAME_MAX))
    currency = fields.String(required=True, validate=CURRENCY, metadata={"description": "Of the account."})
    date = _column("The day of a line.", required=True)
    date_form = fields.String(required=True, validate=validate.OneOf(list(DATE_FORMS)))
    amount = _column("The amount with a sign; or `debit` and `credit`.")
    debit = _column("What went out, without a sign.")
    credit = _column("What came in, without a sign.")
    balance = _column("The balance after the line, which is then checked line by line.")
    account = _column("Our account, which is then checked.")
    reference = _column("The bank's own reference of the line.")
    text = _columns("What the bank says of the line: our references are looked for in it.")
    kind = _column("What kind of line it is.")
    charges = _columns("Values of `kind` that say: the bank took this for itself.")
    returns = _columns("Values of `kind` that say: a payment came back.")
    other_name = _column("The holder of the account on the other side.")
    other_account = _column("The account on the other side.")
    delimiter = fields.String(load_default="comma", validate=validate.OneOf(list(DELIMITERS)))
    decimal = fields.String(load_default=".", validate=validate.OneOf(DECIMALS))
    encoding = fields.String(load_default="utf-8", validate=validate.OneOf(ENCODINGS))
    newest_first = fields.Boolean(load_default=False)


class CsvLayoutView(View):
    """A saved layout."""

    name = fields.String()
    currency = fields.String()
    date = fields.String()
    date_form = fields.String()
    amount = fields.String(allow_none=True)
    debit = fields.String(allow_none=True)
    credit = fields.String(allow_none=True)
    balance = fields.String(allow_none=True)
    account = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    text = fields.List(fields.String())
    kind = fields.String(allow_none=True)
    charges = fields.List(fields.String())
    returns = fields.List(fields.String())
    other_name = fields.String(allow_none=True)
    other_account = fields.String(allow_none=True)
    delimiter = fields.String()
    decimal = fields.String()
    encoding = fields.String()
    newest_first = fields.Boolean()


class CsvLayoutsView(View):
    """All of them, by name."""

    data = fields.List(fields.Nested(CsvLayoutView))


class ImportedStatementView(View):
    """What became of one statement of a file."""

    account = fields.String()
    statement_id = fields.String()
    closed_on = Day()
    is_new = fields.Boolean(metadata={"description": "False for one that was imported before, which changes nothing."})
    kinds = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "How many new lines, by what they are: transfer, charge, fee and so on."},
    )


class ImportedStatementsView(View):
    """What became of each statement of a file."""

    data = fields.List(fields.Nested(ImportedStatementView))


class BankStatementView(View):
    """A statement that was imported."""

    account = fields.String()
    statement_id = fields.String()
    opening = SignedMoneyField(metadata={"description": "What the account holds: below nothing where it is overdrawn."})
    closing = SignedMoneyField(metadata={"description": "What the account holds: below nothing where it is overdrawn."})
    closed_on = Day()
    line_count = fields.Integer()
    imported_at = Instant()
    imported_by = PublicId("person", allow_none=True)


class ReportedPaymentView(View):
    """What a report says of one payment, and what that did."""

    reference = fields.String(metadata={"description": "Its end-to-end id."})
    status = fields.String(metadata={"description": "The bank's code, such as RJCT."})
    reason = fields.String(allow_none=True, metadata={"description": "The bank's code, such as AC04."})
    effect = fields.String(
        validate=validate.OneOf(["refused", "noted", "contradicted"]),
        metadata={"description": "`contradicted`: rejected, and yet a statement shows it, or it was given up before."},
    )


class ImportedReportView(View):
    """What became of a report on a payment file."""

    message_id = fields.String()
    file = fields.String(metadata={"description": "The payment file that it is about."})
    is_new = fields.Boolean()
    payments = fields.List(fields.Nested(ReportedPaymentView))
