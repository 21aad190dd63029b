"""Finance: withheld tax and sales tax that are paid to their authorities."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse, public
from marketplace.payouts import remittance_queries, remitting
from marketplace.reconciliation.queries import unexplained
from marketplace.reconciliation.remittances import pay_by_line
from marketplace.web.auth import current_actor
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/remittances")
@guarded("withholding.read")
def remittances() -> ResponseReturnValue:
    """What waits to be paid to which authority, and what was."""
    return _page(Form())


@blueprint.post("/remittances")
@guarded("tax.remit")
def propose_remittance() -> ResponseReturnValue:
    """Propose to pay an authority what was withheld for it, or is sales tax, in a period."""
    form = Form(request.form.to_dict())
    with form.refusals():
        tax, authority, currency = [*form.value("of").split(" "), "", ""][:3]
        first, last = day_of(form, "first"), day_of(form, "last")
        remitting.propose_remittance(request_session(), current_actor(), authority, currency, first, last, tax=tax)
    return _after(form, _("Proposed. Another person must approve it."))


@blueprint.post("/remittances/<remittance>/approve")
@guarded("tax.remit")
def approve_remittance(remittance: str) -> ResponseReturnValue:
    """Approve what somebody else proposed."""
    form = Form(request.form.to_dict())
    with form.refusals():
        remitting.approve_remittance(request_session(), current_actor(), parse("tax_remittance", remittance))
    return _after(form, _("Approved. Pay it at the bank, and say by which line it was paid."))


@blueprint.post("/remittances/<remittance>/reject")
@guarded("tax.remit")
def reject_remittance(remittance: str) -> ResponseReturnValue:
    """Give one up that is not paid yet."""
    form = Form(request.form.to_dict())
    with form.refusals():
        remitting.reject_remittance(request_session(), current_actor(), parse("tax_remittance", remittance))
    return _after(form, _("Given up; what it is of waits for another."))


@blueprint.post("/remittances/<remittance>/pay")
@guarded("tax.remit")
def pay_remittance(remittance: str) -> ResponseReturnValue:
    """Say by which line it was paid, or that it was paid from the operating account."""
    form = Form(request.form.to_dict())
    session, actor, line = request_session(), current_actor(), form.value("line")
    with form.refusals():
        remittance_id = parse("tax_remittance", remittance)
        if line:
            pay_by_line(session, actor, remittance_id, parse("external_line", line))
        else:
            remitting.pay_from_operating(session, actor, remittance_id, form.value("reference"))
    return _after(form, _("Kept: it is paid."))


@blueprint.get("/remittances/<remittance>/file")
@guarded("withholding.read")
def remittance_file(remittance: str) -> ResponseReturnValue:
    """The list of payees or documents for the authority as CSV."""
    actor = current_actor()
    row = remittance_queries.remittance(request_session(), actor, parse("tax_remittance", remittance))
    name, row_id = f"remittance-{row.authority}-{row.first_on}-{row.last_on}-{row.currency}", row.id
    return csv_file(name, lambda session: remittance_queries.remittance_csv(session, actor, row_id))


def _after(form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.remittances") if form.valid else _page(form)


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = remittance_queries.remittances(session, actor, cursor=request.args.get("cursor"))
    for row in page.data:
        session.refresh(row)
    people = {person for row in page.data for person in (row.proposed_by, row.decided_by) if person}
    lines = unexplained(session, actor, came_in=False) if actor.may("reconciliation.match") else []
    html = render_template(
        "console/remittances.html",
        page=page,
        waiting=remittance_queries.waiting(session, actor),
        fitting={
            row.id: [(public("external_line", line.id), line) for line in lines if line.money == -row.money]
            for row in page.data
            if row.state == "approved"
        },
        names=person_names(session, people),
        form=form,
    )
    return html, 200 if form.valid else 422
