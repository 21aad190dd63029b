"""Finance: what falls due when, and payout runs, prepared by one person and approved by another."""

import datetime as dt
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import invalid
from marketplace.console.reads import due_days, payee_names
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.payouts import approving, preparing, queries, recovering, sending
from marketplace.payouts.choices import choices
from marketplace.payouts.minimums import Minimums
from marketplace.payouts.quoting import quotes_of
from marketplace.payouts.tax_queries import withheld_from
from marketplace.rails.bank_files import NotExecuted, file_rail, file_rails
from marketplace.rails.freezing import current_freeze
from marketplace.settlement import pay_hold_queries
from marketplace.settlement import queries as settlement
from marketplace.settlement.states import DESTINATION_REFUSED
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

PAYOUTS_SHOWN = 100
LINES_SHOWN = 100
"""Most installments on the page of a payout; all of them stand, a page at a time, where its money is followed."""


@blueprint.get("/installments")
@guarded("installment.read")
def installments() -> ResponseReturnValue:
    """Sums by due date, then the installments themselves."""
    session, actor = request_session(), current_actor()
    state, first = request.args.get("state") or None, request.args.get("from", "").strip()
    try:
        days = due_days(session, actor, dt.date.fromisoformat(first) if first else None)
    except ValueError:
        raise invalid("/from", "day", _("A day such as 2027-02-28 is needed.")) from None
    page = settlement.installments(session, actor, state=state, cursor=request.args.get("cursor"))
    return render_template(
        "console/installments.html",
        days=days,
        page=page,
        state=state,
        names=payee_names(session, [(row.payee_kind, row.payee_id) for row in page.data]),
    )


@blueprint.get("/payout-runs")
@guarded("payout_run.read")
def runs() -> ResponseReturnValue:
    """Payout runs, newest first."""
    return _runs_page(Form())


@blueprint.post("/payout-runs")
@guarded("payout_run.prepare")
def prepare() -> ResponseReturnValue:
    """Prepare a run from what is due."""
    form = Form(request.form.to_dict())
    made = None
    with form.refusals():
        rails, minimums = get_context().rails, Minimums.of(get_context().settings)
        made = preparing.prepare_run(
            request_session(), current_actor(), form.value("rail"), rails=rails, minimums=minimums
        )
    if made is None:
        return _runs_page(form)
    return went_well(_("Prepared. Another person must approve it."), "console.run", run=public("payout_run", made.id))


@blueprint.get("/payout-runs/<run>")
@guarded("payout_run.read")
def run(run: str) -> ResponseReturnValue:
    """One run: its sums, its payouts, who did what."""
    return _run_page(run, Form())


@blueprint.post("/payout-runs/<run>/approve")
@guarded("payout_run.approve")
def approve(run: str) -> ResponseReturnValue:
    """Approve what somebody else prepared."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.approve_run(request_session(), current_actor(), parse("payout_run", run))
    return _run_page(run, form) if not form.valid else went_well(_("Approved."), "console.run", run=run)


@blueprint.post("/payout-runs/<run>/cancel")
@guarded("payout_run.prepare")
def cancel(run: str) -> ResponseReturnValue:
    """Call a run off; everything in it is due again."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.cancel_run(request_session(), current_actor(), parse("payout_run", run))
    return _run_page(run, form) if not form.valid else went_well(_("Called off."), "console.run", run=run)


@blueprint.post("/payout-runs/<run>/execute")
@guarded("payout_run.execute")
def execute(run: str) -> ResponseReturnValue:
    """Send an approved run; may be pressed again, what was sent stays sent."""
    form = Form(request.form.to_dict())
    with form.refusals():
        sending.execute_run(transactions, current_actor(), get_context().rails, parse("payout_run", run))
    return _run_page(run, form) if not form.valid else went_well(_("Sent."), "console.run", run=run)


@blueprint.get("/payouts/<payout>")
@guarded("payout_run.read")
def payout(payout: str) -> ResponseReturnValue:
    """One payout: the installments it pays, what happened to it, and what can be done when it went wrong."""
    return _payout_page(payout, Form())


@blueprint.post("/payouts/<payout>/retry")
@guarded("payout_run.approve")
def retry_payout(payout: str) -> ResponseReturnValue:
    """Let a refused payout be sent again."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.retry_payout(request_session(), current_actor(), parse("payout", payout))
    return _after(payout, form, _("It will be sent again."))


@blueprint.post("/payouts/<payout>/cancel")
@guarded("payout_run.approve")
def cancel_payout(payout: str) -> ResponseReturnValue:
    """Give one payout up; what it was to pay is due again."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.cancel_payout(request_session(), current_actor(), parse("payout", payout))
    return _after(payout, form, _("Given up; the installments are due again."))


@blueprint.post("/payouts/<payout>/hold")
@guarded("payout_run.approve")
def hold_payout(payout: str) -> ResponseReturnValue:
    """Give one payout up; what it was to pay is held until the payee sets a payout method again."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.cancel_payout(request_session(), current_actor(), parse("payout", payout), DESTINATION_REFUSED)
    return _after(payout, form, _("Given up; the installments are held."))


@blueprint.post("/payouts/<payout>/agree-absent")
@guarded("payout_run.approve")
def agree_payout_absent(payout: str) -> ResponseReturnValue:
    """Say, as one of two people, that a payout never reached the rail."""
    form, said = Form(request.form.to_dict()), ""
    with form.refusals():
        row = recovering.agree_absent(request_session(), current_actor(), parse("payout", payout))
        said = _("Noted. Another person must agree.") if row.state == "unknown" else _("Both agreed: it is refused.")
    return _after(payout, form, said)


@blueprint.post("/payouts/<payout>/not-executed")
@guarded("payout_run.approve")
def declare_not_executed(payout: str) -> ResponseReturnValue:
    """Say, as one of two people, that the bank never executed a payout."""
    form, said, payout_id = Form(request.form.to_dict()), "", parse("payout", payout)
    with form.refusals():
        rail = file_rail(get_context().rails)
        rail.declare_not_executed(request_session(), current_actor(), payout_id)
        waits = rail.may_declare(request_session(), payout_id) is not None
        said = _("Noted. Another person must confirm it.") if waits else _("Confirmed: it is refused.")
    return _after(payout, form, said)


@blueprint.post("/payouts/<payout>/came-late")
@guarded("payout_run.approve")
def adopt_late(payout: str) -> ResponseReturnValue:
    """Take a refused payout, which a statement shows all the same, for sent."""
    form = Form(request.form.to_dict())
    with form.refusals():
        rail = file_rail(get_context().rails)
        rail.adopt_late(request_session(), current_actor(), parse("payout", payout))
    return _after(payout, form, _("It counts as sent; the line of the statement settles it."))


@blueprint.post("/payouts/<payout>/approve")
@guarded("payout_run.approve")
def approve_payout(payout: str) -> ResponseReturnValue:
    """Approve one payout at a rate that is worse for the payee than what they were shown."""
    form = Form(request.form.to_dict())
    with form.refusals():
        approving.approve_payout(request_session(), current_actor(), parse("payout", payout))
    return _after(payout, form, _("Approved; it will be sent."))


def _after(payout: str, form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.payout", payout=payout) if form.valid else _payout_page(payout, form)


def _payout_page(payout: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = queries.payout(session, actor, parse("payout", payout))
    session.refresh(row)
    history = queries.history(session, actor, row.id)
    html = render_template(
        "console/payout.html",
        payout=row,
        carried_in=Money(row.carried_in, row.currency),
        carried_out=Money(row.carried_out, row.currency),
        lines=queries.lines(session, actor, row.id, limit=LINES_SHOWN + 1),
        lines_shown=LINES_SHOWN,
        history=history,
        quotes=quotes_of(session, [row.id]).get(row.id, []),
        withheld=withheld_from(session, [row.id]).get(row.id, []),
        choices=choices(session, actor, row),
        unexecuted=_unexecuted(row.id),
        holds=pay_hold_queries.holds_on(session, row.payee_id),
        names=payee_names(session, [(row.payee_kind, row.payee_id)])
        | person_names(session, [event.person_id for event in history if event.person_id]),
        form=form,
    )
    return html, 200 if form.valid else 422


def _unexecuted(payout_id: UUID) -> NotExecuted | None:
    """What stands against saying that the bank never executed a payout; None where that is no question."""
    if not current_actor().may("payout_run.approve"):
        return None
    rail = next(iter(file_rails(get_context().rails)), None)
    return None if rail is None else rail.may_declare(request_session(), payout_id)


def _runs_page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = queries.runs(session, actor, cursor=request.args.get("cursor"))
    people = {person for row in page.data for person in (row.prepared_by, row.approved_by) if person}
    html = render_template(
        "console/runs.html",
        page=page,
        totals=queries.totals_of_runs(session, actor, [row.id for row in page.data]),
        names=person_names(session, people),
        rails=sorted(get_context().rails),
        freeze=current_freeze(session),
        form=form,
    )
    return html, 200 if form.valid else 422


def _run_page(run: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = queries.run(session, actor, parse("payout_run", run))
    session.refresh(row)
    page = queries.payouts(session, actor, run_id=row.id, cursor=request.args.get("cursor"), limit=PAYOUTS_SHOWN)
    people = [person for person in (row.prepared_by, row.approved_by, row.executed_by) if person]
    html = render_template(
        "console/run.html",
        run=row,
        page=page,
        totals=queries.run_totals(session, actor, row.id),
        names=person_names(session, people)
        | payee_names(session, [(payout.payee_kind, payout.payee_id) for payout in page.data]),
        prepared_it=row.prepared_by == actor.person_id,
        holds=pay_hold_queries.holds_at(session, row.prepared_at),
        freeze=current_freeze(session),
        form=form,
    )
    return html, 200 if form.valid else 422
