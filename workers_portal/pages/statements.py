"""Statements by month."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.web import statements as shown
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint


@blueprint.get("/statements")
@guarded("earning.read")
def statements() -> ResponseReturnValue:
    """The months that there are statements of."""
    return shown.months_page("work/statements.html")


@blueprint.get("/statements/<month>")
@guarded("earning.read")
def statement(month: str) -> ResponseReturnValue:
    """One month."""
    return shown.statement_page("work/statement.html", month)


@blueprint.get("/statements/<month>/file")
@guarded("earning.read")
def statement_file(month: str) -> ResponseReturnValue:
    """One month as CSV."""
    return shown.statement_file(month)


@blueprint.get("/statements/<month>/pdf")
@guarded("earning.read")
def statement_pdf(month: str) -> ResponseReturnValue:
    """One month as a PDF, where this server makes any."""
    return shown.statement_pdf(month, lambda cursor: url_for("work.statement_pdf", month=month, cursor=cursor))


@blueprint.get("/statements/<month>/proof")
@guarded("earning.read")
def statement_proof(month: str) -> ResponseReturnValue:
    """One month as a page to keep that proves itself."""
    return shown.statement_proof(month)
