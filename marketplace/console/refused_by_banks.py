"""What payees' own banks did not take of what rails paid on to them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.console.reads import payee_names
from marketplace.rails.bank_refusals import bank_refusals
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded


@blueprint.get("/bank-refusals")
@guarded("payout_run.read")
def refused_by_banks() -> ResponseReturnValue:
    """Newest first; the open ones keep payouts to their payees from being made."""
    session = request_session()
    page = bank_refusals(session, current_actor(), cursor=request.args.get("cursor"))
    return render_template(
        "console/bank_refusals.html",
        page=page,
        names=payee_names(session, [(row.payee_kind, row.payee_id) for row in page.data]),
    )
