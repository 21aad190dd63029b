"""Disputes: the rejecting side answers, a decider decides; silence decides for the worker."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.db.clock import market_now
from marketplace.jobs.models import Item
from marketplace.jobs.queries import guideline_of, media_of_item
from marketplace.kernel.ids import parse
from marketplace.settlement.appeals import decide_appeal, decide_dispute
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.appealing import open_appeal
from marketplace.work.claiming import ClaimItem
from marketplace.work.disputing import respond
from marketplace.work.parties import rejecting_sides
from marketplace.work.review_queries import disputes as list_disputes
from marketplace.work.review_queries import get_dispute


@blueprint.get("/disputes")
@guarded("dispute.read")
def disputes() -> ResponseReturnValue:
    """The disputes one may see: those that wait, or all."""
    session, actor = request_session(), current_actor()
    everything = request.args.get("all") == "1"
    page = list_disputes(session, actor, waiting=not everything, cursor=request.args.get("cursor"))
    return render_template("console/disputes.html", page=page, everything=everything, now=market_now(session))


@blueprint.get("/disputes/<dispute>")
@guarded("dispute.read")
def dispute(dispute: str) -> ResponseReturnValue:
    """One dispute."""
    return _page(dispute, Form())


@blueprint.post("/disputes/<dispute>/respond")
@guarded("review.decide")
def answer_dispute(dispute: str) -> ResponseReturnValue:
    """Say why one's side stands by its verdict."""
    form = Form(request.form.to_dict())
    with form.refusals():
        respond(request_session(), current_actor(), parse("dispute", dispute), form.value("response"))
    return _page(dispute, form) if not form.valid else went_well(_("Answered."), "console.dispute", dispute=dispute)


@blueprint.post("/disputes/<dispute>/decide")
@guarded("dispute.decide")
def decide(dispute: str) -> ResponseReturnValue:
    """Uphold the rejection, or overturn it and pay."""
    form = Form(request.form.to_dict())
    with form.refusals():
        decide_dispute(
            request_session(),
            current_actor(),
            parse("dispute", dispute),
            form.value("decision"),
            form.value("reason").strip(),
        )
    return _page(dispute, form) if not form.valid else went_well(_("Decided."), "console.dispute", dispute=dispute)


@blueprint.post("/disputes/<dispute>/appeal")
@guarded("review.decide")
def appeal_dispute(dispute: str) -> ResponseReturnValue:
    """Appeal, as the rejecting side, against a rejection's being overturned."""
    form = Form(request.form.to_dict())
    with form.refusals():
        open_appeal(request_session(), current_actor(), parse("dispute", dispute), form.value("reason"))
    return _page(dispute, form) if not form.valid else went_well(_("Appealed."), "console.dispute", dispute=dispute)


@blueprint.post("/disputes/<dispute>/decide-appeal")
@guarded("dispute.decide")
def decide_dispute_appeal(dispute: str) -> ResponseReturnValue:
    """Grant the appeal, or dismiss it."""
    form = Form(request.form.to_dict())
    with form.refusals():
        decide_appeal(
            request_session(),
            current_actor(),
            parse("dispute", dispute),
            form.value("decision"),
            form.value("reason").strip(),
        )
    return _page(dispute, form) if not form.valid else went_well(_("Decided."), "console.dispute", dispute=dispute)


def _page(dispute: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    line = get_dispute(session, actor, parse("dispute", dispute))
    item = session.get_one(Item, line.answer.item_id)
    media = media_of_item(session, item)
    shown = ClaimItem(
        id=item.id,
        ordinal=item.ordinal,
        external_id=item.external_id,
        content=item.content,
        width=media.width if media else None,
        height=media.height if media else None,
        duration_ms=media.duration_ms if media else None,
        point_count=media.point_count if media else None,
    )
    ours = actor.may("review.decide") and actor.organization_id in rejecting_sides(session, line.answer.id)
    page = render_template(
        "console/dispute.html",
        line=line,
        item=item,
        guideline=guideline_of(session, line.job.id, line.claim.guideline_version),
        shown=draw(shown, line.content, line.job.label_schema.get("classes", []), actor),
        may_respond=ours,
        may_appeal=ours
        and line.dispute.state == "overturned"
        and line.appeal_until is not None
        and market_now(session) < line.appeal_until,
        form=form,
    )
    return page, 200 if form.valid else 422
