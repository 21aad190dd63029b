"""What protects the worker: beats of active time, consent to hard content and daily limits."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.contracts import fee_reports
from marketplace.contracts.errors import FEE_REPORT_PENDING, FEE_REPORTS_TOO_MANY
from marketplace.kernel.errors import INVALID, NOT_FOUND
from marketplace.kernel.ids import parse
from marketplace.protection import decisions
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work import exposure, timing
from workers_portal.pages import blueprint


@blueprint.post("/claims/<claim_id>/heartbeat")
@guarded("work.submit")
def beat(claim_id: str) -> ResponseReturnValue:
    """The workbench says that the worker is at it; see heartbeat.js."""
    seconds = timing.beat(request_session(), current_actor(), parse("claim", claim_id))
    return {"active_seconds": seconds}


@blueprint.get("/exposure")
@guarded("exposure.set.own")
def exposure_page() -> ResponseReturnValue:
    """Hard content: what one agreed to see, and how much of it a day."""
    return _page(Form())


@blueprint.post("/exposure/consents/<int:severity>")
@guarded("exposure.set.own")
def set_consent(severity: int) -> ResponseReturnValue:
    """Agree, or no longer."""
    given = request.form.get("given") == "yes"
    exposure.set_consent(request_session(), current_actor(), severity, given=given)
    flash(_("You can find such tasks now.") if given else _("Such tasks are no longer shown to you."), "good")
    return redirect(url_for("work.exposure_page"), 303)


@blueprint.post("/exposure/limits")
@guarded("exposure.set.own")
def set_limits() -> ResponseReturnValue:
    """One's own limits; an empty field is the platform's."""
    form = Form(request.form)
    with form.refusals():
        exposure.set_limits(
            request_session(),
            current_actor(),
            items_max=_number(form, "items_max"),
            minutes_max=_number(form, "minutes_max"),
            time_zone=form.value("time_zone").strip() or None,
        )
    if not form.valid:
        return _page(form), 422
    flash(_("Saved."), "good")
    return redirect(url_for("work.exposure_page"), 303)


def _number(form: Form, name: str) -> int | None:
    text = form.value(name).strip()
    # What is no number is out of every range, and the refusal stands at its field.
    return int(text) if text.isdecimal() and len(text) < 10 else (-1 if text else None)


def _page(form: Form) -> str:
    found = exposure.own_exposure(request_session(), current_actor())
    return render_template("work/exposure.html", found=found, form=form, severities=exposure.SEVERITIES)


@blueprint.get("/fee-reports")
@guarded("fee.report")
def fee_reports_page() -> ResponseReturnValue:
    """Nobody may be asked to pay in order to work: report it, and what became of one's reports."""
    return _fee_page(Form())


@blueprint.post("/fee-reports")
@guarded("fee.report")
def report_fee() -> ResponseReturnValue:
    """Report who asked, how much, and how."""
    form = Form(request.form)
    with form.refusals():
        organization_id = parse("organization", form.value("organization").strip())
        fee_reports.report_fee(
            request_session(),
            current_actor(),
            organization_id,
            amount=form.value("amount"),
            how=form.value("how"),
        )
    if form.error is not None and form.error.spec not in {INVALID, NOT_FOUND, FEE_REPORT_PENDING, FEE_REPORTS_TOO_MANY}:
        raise form.error
    if not form.valid:
        return _fee_page(form), 422
    flash(_("Thank you. Operations look into it. The organization does not learn who reported."), "good")
    return redirect(url_for("work.fee_reports_page"), 303)


def _fee_page(form: Form) -> str:
    session, actor = request_session(), current_actor()
    return render_template(
        "work/fee_reports.html",
        form=form,
        known=fee_reports.known_organizations(session, actor),
        page=fee_reports.own_reports(session, actor, cursor=request.args.get("cursor")),
    )


@blueprint.get("/decisions")
@guarded("decision.read.own")
def decisions_page() -> ResponseReturnValue:
    """What rules decided about one, and what keeps one from work."""
    return _decisions_page(Form(), "")


@blueprint.post("/decisions/<event_id>/contest")
@guarded("decision.contest")
def contest_decision(event_id: str) -> ResponseReturnValue:
    """Say what is wrong with a decision."""
    form = Form(request.form)
    with form.refusals():
        decisions.contest_decision(request_session(), current_actor(), parse("event", event_id), form.value("reason"))
    if form.error is not None and form.error.spec is not INVALID:
        raise form.error
    if not form.valid:
        return _decisions_page(form, event_id), 422
    flash(_("Operations read what you say and answer it."), "good")
    return redirect(url_for("work.decisions_page"), 303)


def _decisions_page(form: Form, contested: str) -> str:
    page = decisions.own_decisions(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("work/decisions.html", form=form, contested=contested, page=page)
