"""The bank: payment files out, statements and reports in."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.bank import (
    FILE_BYTES_MAX,
    BankDocumentInput,
    BankFileContentView,
    BankFilesView,
    BankFileView,
    BankStatementsInput,
    BankStatementView,
    BankStatusView,
    CsvLayoutInput,
    CsvLayoutsView,
    CsvLayoutView,
    ImportedReportView,
    ImportedStatementsView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.rails.bank_files import (
    FileRail,
    ImportedReport,
    KeptStatement,
    PaymentFile,
    file_rail,
)
from marketplace.rails.csv_layouts import CsvLayout, CsvStatement
from marketplace.reconciliation.statements import bring_statements
from marketplace.web.context import get_context
from marketplace.web.database import transactions

bank = Theme("bank", "Payouts by bank: files that people carry to it, and what it says happened.")

_BODY_BYTES = FILE_BYTES_MAX * 4 // 3 + 1000
_EXAMPLE = {"content_base64": base64.b64encode(b"<Document>...</Document>").decode()}


@bank.operation("GET", "/bank-status", permission="payout_run.read", returns=BankStatusView, refusals=[404])
def read_bank_status() -> dict[str, Any]:
    """Read how many payments wait for a payment file, and where statements are missing."""
    rail = _rail()
    return {"waiting": rail.waiting(session(), actor()), "gaps": rail.gaps(session(), actor())}


@bank.operation(
    "GET",
    "/bank-files",
    permission="payout_run.read",
    query=ListQuery,
    returns=BankFileView,
    page=True,
    refusals=[404],
)
def list_bank_files(query: dict[str, Any]) -> Page[PaymentFile]:
    """List the payment files that were made, the newest first."""
    return _rail().files(session(), actor(), **query)


@bank.operation(
    "POST",
    "/bank-files",
    permission="payout_run.execute",
    returns=BankFilesView,
    status=201,
    idempotent=True,
    refusals=[404],
)
def make_bank_files() -> dict[str, Any]:
    """Put every payment that waits into a file, one for each currency; each is in one file ever.

    Nothing waits: none is made. A file proves nothing: a payout stays sent until a statement shows it.
    """
    return {"data": _rail().make_files(session(), actor())}


@bank.operation("GET", "/bank-files/{bank_file_id}", permission="payout_run.execute", returns=BankFileContentView)
def read_bank_file(bank_file_id: UUID) -> With:
    """Read a payment file with its content, to carry it to the bank; that you took it is logged."""
    file, content = _rail().take_file(session(), actor(), bank_file_id)
    return With(file, content=content.decode())


@bank.operation(
    "POST",
    "/bank-statements",
    permission="reconciliation.match",
    body=BankStatementsInput,
    body_bytes=_BODY_BYTES,
    example=_EXAMPLE,
    returns=ImportedStatementsView,
    refusals=[404, 409],
)
def import_bank_statements(body: dict[str, Any]) -> dict[str, Any]:
    """Import the statements of a file (camt.053, MT940, or a CSV by its layout), all or none, and book their lines.

    A statement that was imported before changes nothing, so that this may be sent again.
    """
    data, layout = _bytes(body), body.get("layout")
    table = None if layout is None else CsvStatement(layout, body.get("opening"), body.get("closing"))
    # Not in this request's transaction: what is read is kept before anything is booked.
    return {"data": bring_statements(transactions, actor(), get_context().rails, data, table)}


@bank.operation(
    "GET",
    "/bank-statements",
    permission="reconciliation.read",
    query=ListQuery,
    returns=BankStatementView,
    page=True,
    refusals=[404],
)
def list_bank_statements(query: dict[str, Any]) -> Page[KeptStatement]:
    """List the statements that were imported, the newest first."""
    return _rail().statements(session(), actor(), **query)


@bank.operation(
    "POST",
    "/bank-reports",
    permission="reconciliation.match",
    body=BankDocumentInput,
    body_bytes=_BODY_BYTES,
    example=_EXAMPLE,
    returns=ImportedReportView,
    refusals=[404, 409],
)
def import_bank_report(body: dict[str, Any]) -> ImportedReport:
    """Import the bank's report on a payment file (pain.002).

    What it rejects is refused for certain, unless it says that it came twice; that it took a payment settles nothing.
    """
    return _rail().read_report(session(), actor(), _bytes(body))


@bank.operation("GET", "/bank-csv-layouts", permission="reconciliation.read", returns=CsvLayoutsView, refusals=[404])
def list_bank_csv_layouts() -> dict[str, Any]:
    """List how the columns of banks' CSV files are read, by name."""
    return {"data": _rail().csv_layouts(session(), actor())}


@bank.operation(
    "POST",
    "/bank-csv-layouts",
    permission="reconciliation.match",
    body=CsvLayoutInput,
    example={
        "name": "Our bank in Nairobi",
        "currency": "KES",
        "date": "Booking date",
        "date_form": "DD/MM/YYYY",
        "debit": "Paid out",
        "credit": "Paid in",
        "balance": "Balance",
        "text": ["Details"],
    },
    returns=CsvLayoutView,
    status=201,
    idempotent=True,
    refusals=[404],
)
def save_bank_csv_layout(body: dict[str, Any]) -> CsvLayout:
    """Say how the columns of a bank's CSV are read; a layout of the same name is replaced."""
    return _rail().save_csv_layout(session(), actor(), CsvLayout.of(body))


def _rail() -> FileRail:
    return file_rail(get_context().rails)


def _bytes(body: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(body["content_base64"], validate=True)
    except (binascii.Error, ValueError):
        message = "This is no base64 (RFC 4648, section 4)."
        raise INVALID.error(message, errors=[FieldError("/content_base64", "invalid", message)]) from None
