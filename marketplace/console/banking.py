"""Finance at the bank: payment files to carry there, and what it says, uploaded in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity.queries import person_names
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.rails.bank_files import ImportedReport, ImportedStatement, file_rail, file_rails
from marketplace.rails.csv_layouts import DATE_FORMS, DELIMITERS, ENCODINGS, CsvLayout, CsvStatement
from marketplace.rails.freezing import current_freeze
from marketplace.reconciliation.statements import bring_statements
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

FILE_BYTES_MAX = 50 * 2**20
LAYOUT_COLUMNS = (
    "amount", "debit", "credit", "balance", "account", "reference", "kind", "other_name", "other_account",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """What was read just now: statements, or a report."""

    statements: Sequence[ImportedStatement] = ()
    report: ImportedReport | None = None


@blueprint.get("/bank")
@guarded("payout_run.read")
def bank() -> ResponseReturnValue:
    """What waits for a file, the files, and the statements that were imported."""
    return _page(Form(), Read())


@blueprint.post("/bank/files")
@guarded("payout_run.execute")
def make_bank_files() -> ResponseReturnValue:
    """Put everything that waits into files."""
    form, count = Form(request.form.to_dict()), 0
    with form.refusals():
        count = len(file_rail(get_context().rails).make_files(request_session(), current_actor()))
    if not form.valid:
        return _page(form, Read())
    return went_well(_("Made: %(count)s. Download each and carry it to the bank.", count=count), "console.bank")


@blueprint.get("/bank/files/<file>")
@guarded("payout_run.execute")
def bank_file(file: str) -> ResponseReturnValue:
    """One payment file, to be carried to the bank; who took it is logged."""
    rail = file_rail(get_context().rails)
    made, content = rail.take_file(request_session(), current_actor(), parse("bank_file", file))
    return Response(
        content,
        content_type="application/xml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{made.message_id}.xml"'},
    )


@blueprint.post("/bank/statements")
@guarded("reconciliation.match")
def import_statements() -> ResponseReturnValue:
    """Read an uploaded file of statements, and book what it says."""
    form, read = Form(request.form.to_dict()), Read()
    with form.refusals():
        data, table = _uploaded("statements"), _table(form)
        # Not in this request's transaction: what is read is kept before anything is booked.
        read = Read(statements=bring_statements(transactions, current_actor(), get_context().rails, data, table))
    return _page(form, read)


@blueprint.post("/bank/layouts")
@guarded("reconciliation.match")
def save_layout() -> ResponseReturnValue:
    """Say how the columns of a bank's CSV are read."""
    form = Form(request.form.to_dict())
    with form.refusals():
        file_rail(get_context().rails).save_csv_layout(request_session(), current_actor(), _layout(form))
    return went_well(_("Saved."), "console.bank") if form.valid else _page(form, Read())


@blueprint.post("/bank/reports")
@guarded("reconciliation.match")
def import_report() -> ResponseReturnValue:
    """Read an uploaded report on a payment file."""
    form, read = Form(request.form.to_dict()), Read()
    with form.refusals():
        data = _uploaded("report")
        read = Read(report=file_rail(get_context().rails).read_report(request_session(), current_actor(), data))
    return _page(form, read)


def _layout(form: Form) -> CsvLayout:
    one = ("name", "currency", "date", "date_form", "delimiter", "decimal", "encoding")
    said: dict[str, Any] = {name: form.value(name).strip() for name in one}
    said |= {name: form.value(name).strip() or None for name in LAYOUT_COLUMNS}
    for name in ("text", "charges", "returns"):
        said[name] = [line.strip() for line in form.value(name).splitlines() if line.strip()]
    return CsvLayout.of({**said, "newest_first": bool(form.value("newest_first"))})


def _table(form: Form) -> CsvStatement | None:
    """By which layout, and from which balance to which, where one of them was chosen."""
    chosen = form.value("layout")
    if not chosen:
        return None
    session, actor = request_session(), current_actor()
    found = {one.name: one for one in file_rail(get_context().rails).csv_layouts(session, actor)}.get(chosen)
    given = {name: form.value(name).strip() for name in ("opening", "closing")}
    money = {name: Money.parse(text, found.currency, negative=True) for name, text in given.items() if text and found}
    return CsvStatement(chosen, money.get("opening"), money.get("closing"))


def _uploaded(name: str) -> bytes:
    file = request.files.get(name)
    if file is None or not file.filename:
        raise INVALID.error("Choose a file.", errors=[FieldError(f"/{name}", "required", "Choose a file.")])
    data = file.stream.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        message = f"The file is larger than {FILE_BYTES_MAX // 2**20} MiB."
        raise INVALID.error(message, errors=[FieldError(f"/{name}", "invalid", message)])
    return data


def _page(form: Form, read: Read) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    rail = next(iter(file_rails(get_context().rails)), None)
    files = None if rail is None else rail.files(session, actor, cursor=request.args.get("cursor"))
    statements = None if rail is None else rail.statements(session, actor, cursor=request.args.get("before"))
    people = {file.made_by for file in (files.data if files else []) if file.made_by}
    people |= {one.imported_by for one in (statements.data if statements else []) if one.imported_by}
    html = render_template(
        "console/bank.html",
        rail=rail,
        waiting=[] if rail is None else rail.waiting(session, actor),
        layouts=[] if rail is None or not actor.may("reconciliation.read") else rail.csv_layouts(session, actor),
        layout_columns=LAYOUT_COLUMNS,
        date_forms=list(DATE_FORMS),
        delimiters=list(DELIMITERS),
        encodings=ENCODINGS,
        gaps=[] if rail is None else rail.gaps(session, actor),
        files=files,
        statements=statements,
        older=url_for("console.bank", before=statements.next_cursor) if statements and statements.has_more else "",
        names=person_names(session, people),
        freeze=current_freeze(session),
        read=read,
        form=form,
    )
    return html, 200 if form.valid else 422
