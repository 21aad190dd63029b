"""Operations: reports of workers whom somebody asked to pay for work."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.contracts import fee_reports
from marketplace.kernel.ids import parse
from marketplace.protection import decisions
from marketplace.scores import forgetting
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/fee-reports")
@guarded("protection.read")
def fee_reports_list() -> ResponseReturnValue:
    """Those that wait for a decision, or all."""
    return _page(Form(), "")


@blueprint.post("/fee-reports/<report>/decide")
@guarded("protection.manage")
def decide_fee_report(report: str) -> ResponseReturnValue:
    """Uphold it, with an end, or dismiss it."""
    form = Form(request.form.to_dict())
    days = form.value("frozen_days").strip()
    with form.refusals():
        fee_reports.decide_report(
            request_session(),
            current_actor(),
            parse("fee_report", report),
            uphold=form.value("decision") == "uphold",
            reason=form.value("reason"),
            frozen_days=int(days) if days.isdecimal() and len(days) < 6 else None,
        )
    if not form.valid:
        return _page(form, report)
    return went_well(_("Decided. The worker is told."), "console.fee_reports_list")


def _page(form: Form, decided: str) -> ResponseReturnValue:
    everything = request.args.get("all") == "1"
    page = fee_reports.all_reports(
        request_session(),
        current_actor(),
        state=None if everything else "open",
        cursor=request.args.get("cursor"),
    )
    shown = render_template("console/fee_reports.html", page=page, form=form, decided=decided, everything=everything)
    return shown, 200 if form.valid else 422


@blueprint.get("/contests")
@guarded("protection.read")
def contests() -> ResponseReturnValue:
    """What workers say against decisions of rules, the oldest first."""
    return _contests(Form(), "")


@blueprint.post("/contests/<event>/<person>")
@guarded("protection.manage")
def answer_contest(event: str, person: str) -> ResponseReturnValue:
    """Answer one, in words; what follows from it is done where the decision was made."""
    form = Form(request.form.to_dict())
    with form.refusals():
        decisions.answer_contest(
            request_session(), current_actor(), parse("event", event), parse("person", person), form.value("outcome")
        )
    if not form.valid:
        return _contests(form, f"{event} {person}")
    return went_well(_("Answered. The worker is told."), "console.contests")


@blueprint.post("/contests/<person>/forget-score")
@guarded("protection.manage")
def forget_score(person: str) -> ResponseReturnValue:
    """Find for a worker who contests a score: what they did at that kind of work so far counts no more."""
    form = Form(request.form.to_dict())
    with form.refusals():
        forgetting.forget_score(
            request_session(), current_actor(), parse("person", person), form.value("kind"), form.value("reason")
        )
    if not form.valid:
        return _contests(form, f"{form.value('event')} {person}")
    return went_well(_("The score is unknown again. The worker is told."), "console.contests")


def _contests(form: Form, answered: str) -> ResponseReturnValue:
    page = decisions.waiting_contests(request_session(), current_actor(), cursor=request.args.get("cursor"))
    shown = render_template("console/contests.html", page=page, form=form, answered=answered)
    return shown, 200 if form.valid else 422
