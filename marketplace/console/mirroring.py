"""Acceptances by mistake: one person of operations proposes to mirror them, another confirms."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.kernel.ids import parse
from marketplace.settlement import mirror_queries, mirroring
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/mirrors")
@guarded("acceptance_mirror.read")
def mirrors() -> ResponseReturnValue:
    """What was proposed and what became of it, the newest first."""
    return _page(Form())


@blueprint.post("/mirrors")
@guarded("acceptance.mirror")
def propose_mirror() -> ResponseReturnValue:
    """Propose to mirror the acceptance of an answer, with all that was accepted in the same journal."""
    form = Form(request.form.to_dict())
    with form.refusals():
        answer_id = parse("answer", form.value("answer").strip())
        mirroring.propose_mirror(request_session(), current_actor(), answer_id, form.value("reason"))
    return went_well(_("Proposed: another person confirms it."), "console.mirrors") if form.valid else _page(form)


@blueprint.post("/mirrors/<mirror>/decide")
@guarded("acceptance.mirror")
def decide_mirror(mirror: str) -> ResponseReturnValue:
    """Confirm what somebody else proposed, or reject it."""
    form = Form(request.form.to_dict())
    with form.refusals():
        mirroring.decide_mirror(
            request_session(),
            current_actor(),
            parse("acceptance_mirror", mirror),
            confirm=form.value("decision") == "confirm",
        )
    return went_well(_("Decided."), "console.mirrors") if form.valid else _page(form)


def _page(form: Form) -> ResponseReturnValue:
    session = request_session()
    page = mirror_queries.mirrors(session, current_actor(), cursor=request.args.get("cursor"))
    amounts = {row.id: mirroring.refunded(session, row) for row in page.data}
    answers = mirror_queries.answers_of(session, [row.journal_id for row in page.data])
    shown = render_template("console/mirrors.html", page=page, amounts=amounts, answers=answers, form=form)
    return shown, 200 if form.valid else 422
