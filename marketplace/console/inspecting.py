"""Claims about the quality of accepted answers: the layer answers, operations decide what is contested."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity.queries import organization_names
from marketplace.kernel.ids import parse
from marketplace.settlement import quality_claiming, quality_deciding, quality_queries
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/quality-claims")
@guarded("quality_claim.read")
def quality_claims() -> ResponseReturnValue:
    """Those one's organization makes or is asked to answer, the newest first; as staff all."""
    return _page(Form(), "")


@blueprint.post("/quality-claims/<claim>/agree")
@guarded("quality_claim.answer")
def agree_to_quality_claim(claim: str) -> ResponseReturnValue:
    """The claimed layer agrees."""
    form = Form(request.form.to_dict())
    with form.refusals():
        quality_deciding.agree(request_session(), current_actor(), parse("quality_claim", claim))
    return _done(form, claim, _("Agreed: what is asked goes back to the client."))


@blueprint.post("/quality-claims/<claim>/contest")
@guarded("quality_claim.answer")
def contest_quality_claim(claim: str) -> ResponseReturnValue:
    """The claimed layer contests, and says why."""
    form = Form(request.form.to_dict())
    with form.refusals():
        claim_id = parse("quality_claim", claim)
        quality_deciding.contest(request_session(), current_actor(), claim_id, form.value("response"))
    return _done(form, claim, _("Contested: the platform's operations decide."))


@blueprint.post("/quality-claims/<claim>/withdraw")
@guarded("quality_claim.open")
def withdraw_quality_claim(claim: str) -> ResponseReturnValue:
    """The claimant withdraws."""
    form = Form(request.form.to_dict())
    with form.refusals():
        quality_claiming.withdraw_claim(request_session(), current_actor(), parse("quality_claim", claim))
    return _done(form, claim, _("Withdrawn."))


@blueprint.post("/quality-claims/<claim>/decide")
@guarded("quality_claim.decide")
def decide_quality_claim(claim: str) -> ResponseReturnValue:
    """Operations decide what is contested."""
    form = Form(request.form.to_dict())
    with form.refusals():
        quality_deciding.decide(
            request_session(),
            current_actor(),
            parse("quality_claim", claim),
            form.value("decision"),
            form.value("reason"),
        )
    return _done(form, claim, _("Decided."))


def _done(form: Form, claim: str, message: str) -> ResponseReturnValue:
    return went_well(message, "console.quality_claims") if form.valid else _page(form, claim)


def _page(form: Form, asked: str) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = quality_queries.quality_claims(session, actor, cursor=request.args.get("cursor"))
    sides = quality_queries.sides_of(session, actor, page.data)
    named = {side for one in sides.values() for side in (one.claimant_organization_id, one.against_organization_id)}
    shown = render_template(
        "console/quality_claims.html",
        page=page,
        answers=quality_queries.answers_of(session, [row.id for row in page.data]),
        names=organization_names(session, {side for side in named if side}),
        sides=sides,
        form=form,
        asked=asked,
    )
    return shown, 200 if form.valid else 422
