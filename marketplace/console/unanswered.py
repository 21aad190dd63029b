"""What rails did not answer: payouts and refunds of which nobody knows whether they were made."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.reads import payee_names
from marketplace.identity.queries import organization_names, person_names
from marketplace.kernel.ids import parse
from marketplace.payouts import queries
from marketplace.rails import refund_absence
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

PAYOUTS_SHOWN = 100


@blueprint.get("/unanswered")
@guarded("payout_run.read")
def unanswered() -> ResponseReturnValue:
    """Payouts in unknown, and refunds without an answer, oldest first where people can do something."""
    return _page(Form())


@blueprint.post("/refunds/<refund>/agree-absent")
@guarded("payout_run.approve")
def agree_refund_absent(refund: str) -> ResponseReturnValue:
    """Say, as one of two people, that a refund never reached the rail."""
    form, said = Form(request.form.to_dict()), ""
    with form.refusals():
        row = refund_absence.agree_absent(request_session(), current_actor(), parse("refund", refund))
        first = row.first_asked_at is not None
        said = _("Noted. Another person must agree.") if first else _("Both agreed: it is ordered anew.")
    return went_well(said, "console.unanswered") if form.valid else _page(form)


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    payouts = queries.payouts(session, actor, state="unknown", limit=PAYOUTS_SHOWN).data
    refunds = refund_absence.unanswered(session, actor, cursor=request.args.get("cursor"))
    people = {person_id for one in refunds.data for person_id in one.agreed_by}
    html = render_template(
        "console/unanswered.html",
        payouts=payouts,
        page=refunds,
        names=payee_names(session, [(row.payee_kind, row.payee_id) for row in payouts])
        | organization_names(session, {one.refund.organization_id for one in refunds.data})
        | person_names(session, people),
        form=form,
    )
    return html, 200 if form.valid else 422
