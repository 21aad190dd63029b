"""What organizations say of the worker: skills, and blocks with a way to contest them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.contracts import access_queries
from marketplace.contracts.access import contest_rule
from marketplace.identity import skills
from marketplace.kernel.errors import INVALID
from marketplace.kernel.ids import parse
from marketplace.scores import queries as score_queries
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work import pace
from workers_portal.pages import blueprint


@blueprint.get("/standing")
@guarded("skill.read.own")
def standing() -> ResponseReturnValue:
    """The skills one was granted, and the newest live blocks, with who says so, why, and until when."""
    return _page(Form(), "")


@blueprint.post("/standing/<rule_id>/contest")
@guarded("access.contest")
def contest_block(rule_id: str) -> ResponseReturnValue:
    """Say what speaks against a block."""
    form = Form(request.form)
    with form.refusals():
        rule = parse("access_rule", rule_id)
        contest_rule(request_session(), current_actor(), rule, reason=form.value("reason"))
    if form.error is not None and form.error.spec is not INVALID:
        raise form.error
    if not form.valid:
        return _page(form, rule_id)
    flash(_("Your words are with the organization and with the marketplace's operations."), "good")
    return redirect(url_for("work.standing"), 303)


def _page(form: Form, contested: str) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = skills.own_grants(session, actor, cursor=request.args.get("cursor"))
    blocks = access_queries.own_blocks(session, actor).data
    shown = render_template(
        "work/standing.html",
        page=page,
        blocks=blocks,
        scores=score_queries.own_scores(session, actor),
        form=form,
        contested=contested,
        percent=pace.time_factor(session, actor),
    )
    return shown, 200 if form.valid else 422
