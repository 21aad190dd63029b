"""An organization's statements by month."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.web import statements as shown
from marketplace.web.guard import guarded


@blueprint.get("/statements")
@guarded("installment.read")
def statements() -> ResponseReturnValue:
    """The months that there are statements of."""
    return shown.months_page("console/statements.html")


@blueprint.get("/statements/<month>")
@guarded("installment.read")
def statement(month: str) -> ResponseReturnValue:
    """One month."""
    return shown.statement_page("console/statement.html", month)


@blueprint.get("/statements/<month>/file")
@guarded("installment.read")
def statement_file(month: str) -> ResponseReturnValue:
    """One month as CSV."""
    return shown.statement_file(month)


@blueprint.get("/statements/<month>/pdf")
@guarded("installment.read")
def statement_pdf(month: str) -> ResponseReturnValue:
    """One month as a PDF, where this server makes any."""
    return shown.statement_pdf(month, lambda cursor: url_for("console.statement_pdf", month=month, cursor=cursor))


@blueprint.get("/statements/<month>/proof")
@guarded("installment.read")
def statement_proof(month: str) -> ResponseReturnValue:
    """One month as a page to keep that proves itself."""
    return shown.statement_proof(month)
