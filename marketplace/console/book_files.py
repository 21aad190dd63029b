"""The books as files: asked for, made apart from the request, and fetched here."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.exports.asking import request_export
from marketplace.exports.formats import BOOKS
from marketplace.exports.keeping import kept_book, kept_books
from marketplace.exports.queries import list_exports
from marketplace.provenance.statements import Month
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.export_files import export_link, file_name
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.kept_book_files import stored_file
from marketplace.web.stored_files import file_response

_WORDS: Final = {
    "books.xlsx": "XLSX, all tables with control totals",
    "books_trial_balance.csv": "CSV, trial balance",
    "books_journal.csv": "CSV, journal",
    "books_payables.csv": "CSV, payables: what is owed now",
    "books_statements.csv": "CSV, statements of payees",
    "books_payouts.csv": "CSV, payouts",
    "books_ageing.csv": "CSV, ageing: what is owed by its age, today or at a month's end",
    "books.beancount": "Beancount, all journals",
    "books.hledger": "hledger, all journals",
}


@blueprint.get("/ledger/files")
@guarded("export.read")
def book_files() -> ResponseReturnValue:
    """The files that were asked for, newest first, and how to ask for another."""
    return _page(Form())


@blueprint.post("/ledger/files")
@guarded("export.create")
def ask_book_file() -> ResponseReturnValue:
    """Ask for a file of the books, of all of them or of a month."""
    form = Form(request.form.to_dict())
    with form.refusals():
        month = form.value("month").strip()
        request_export(
            request_session(),
            current_actor(),
            format_name=form.value("format"),
            month=Month.parse(month) if month else None,
        )
    if not form.valid:
        return _page(form), 422
    return went_well(_("It is being made. Open this page again in a moment."), "console.book_files")


@blueprint.get("/ledger/files/<month>/<name>")
@guarded("ledger.read")
def kept_book_file(month: str, name: str) -> ResponseReturnValue:
    """A file that is kept of a month, always as a download."""
    book = kept_book(request_session(), current_actor(), Month.parse(month), name)
    return file_response(stored_file(book))


def _page(form: Form) -> str:
    session, actor = request_session(), current_actor()
    page = list_exports(session, actor, cursor=request.args.get("cursor"))
    may_ask = actor.may("export.create") and actor.may("ledger.read")
    return render_template(
        "console/book_files.html",
        page=page,
        links={seen.export.id: export_link(seen, actor) for seen in page.data},
        file_name=file_name,
        kept=kept_books(session, actor, cursor=request.args.get("kept")) if actor.may("ledger.read") else None,
        formats=[(name, _WORDS[name]) for name in BOOKS] if may_ask else [],
        form=form,
    )
