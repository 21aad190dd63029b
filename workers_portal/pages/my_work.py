"""My work: claims and what became of them; contesting a rejection; the price chain of an answer."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import market_now
from marketplace.identity.queries import organization_names
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import parse, public
from marketplace.kernel.texts import say
from marketplace.provenance import bundle_scopes, chains
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.log import bundle_file
from marketplace.work import appealing, disputing, queries
from workers_portal.pages import blueprint


@blueprint.get("/claims")
@guarded("work.read")
def my_work() -> ResponseReturnValue:
    """Claims, newest first."""
    page = queries.my_claims(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("work/my_work.html", page=page, now=market_now(request_session()))


@blueprint.get("/answers/<answer_id>/dispute")
@guarded("dispute.open")
def dispute_form(answer_id: str) -> ResponseReturnValue:
    """The form to contest a rejection."""
    return _answer_page("work/dispute.html", answer_id, Form())


@blueprint.post("/answers/<answer_id>/dispute")
@guarded("dispute.open")
def dispute(answer_id: str) -> ResponseReturnValue:
    """Contest a rejection."""
    form = Form(request.form)
    with form.refusals():
        disputing.open_dispute(request_session(), current_actor(), parse("answer", answer_id), form.value("reason"))
    if not form.valid:
        return _answer_page("work/dispute.html", answer_id, form), 422
    flash(_("Contested. If nobody answers by the deadline, you are paid."), "good")
    return redirect(url_for("work.claim", claim_id=_claim_of(answer_id)), 303)


@blueprint.get("/claims/<claim_id>/dispute")
@guarded("dispute.open")
def disputes_form(claim_id: str) -> ResponseReturnValue:
    """The form to contest every rejection of a claim at once."""
    return _disputes_page(claim_id, Form())


@blueprint.post("/claims/<claim_id>/dispute")
@guarded("dispute.open")
def contest_all(claim_id: str) -> ResponseReturnValue:
    """Contest what was chosen of a claim, for one reason; what came too late as a whole."""
    form = Form(request.form)
    chosen = [parse("answer", answer) for answer in request.form.getlist("answer")]
    with form.refusals():
        disputing.open_disputes(
            request_session(), current_actor(), parse("claim", claim_id), form.value("reason"), chosen
        )
    if not form.valid:
        return _disputes_page(claim_id, form), 422
    flash(_("Contested. If nobody answers by the deadline, you are paid."), "good")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _disputes_page(claim_id: str, form: Form) -> str:
    view = queries.claim_view(request_session(), current_actor(), parse("claim", claim_id))
    return render_template("work/disputes.html", form=form, view=view)


@blueprint.get("/answers/<answer_id>/appeal")
@guarded("dispute.open")
def appeal_form(answer_id: str) -> ResponseReturnValue:
    """The form to appeal against a dispute's having been upheld."""
    return _answer_page("work/appeal.html", answer_id, Form())


@blueprint.post("/answers/<answer_id>/appeal")
@guarded("dispute.open")
def appeal(answer_id: str) -> ResponseReturnValue:
    """Appeal."""
    form = Form(request.form)
    with form.refusals():
        appealing.open_appeal(request_session(), current_actor(), _dispute_of(answer_id), form.value("reason"))
    if not form.valid:
        return _answer_page("work/appeal.html", answer_id, form), 422
    flash(_("Your appeal was taken up. If nobody answers by the deadline, you are paid."), "good")
    return redirect(url_for("work.claim", claim_id=_claim_of(answer_id)), 303)


def _dispute_of(answer_id: str) -> UUID:
    session, actor = request_session(), current_actor()
    answer = queries.own_answer(session, actor, parse("answer", answer_id))
    found = queries.claim_view(session, actor, answer.claim_id).answers[answer.item_id].dispute
    if found is None:
        raise NOT_FOUND.error(say("There is no dispute about this answer."), noun="dispute")
    return found.id


def _claim_of(answer_id: str) -> str:
    answer = queries.own_answer(request_session(), current_actor(), parse("answer", answer_id))
    return public("claim", answer.claim_id)


def _answer_page(template: str, answer_id: str, form: Form) -> str:
    session, actor = request_session(), current_actor()
    answer = queries.own_answer(session, actor, parse("answer", answer_id))
    view = queries.claim_view(session, actor, answer.claim_id)
    item_id = next(item_id for item_id, one in view.answers.items() if one.answer.id == answer.id)
    item = next(item for item in view.items if item.id == item_id)
    shown = draw(item, answer.content, view.job.label_schema.get("classes", []), None)
    return render_template(template, form=form, answer=view.answers[item.id], view=view, item=item, shown=shown)


@blueprint.get("/answers/<answer_id>/proof")
@guarded("price_chain.read.own")
def answer_proof(answer_id: str) -> ResponseReturnValue:
    """The proof of one answer's price chain, as a file to keep."""
    return bundle_file(current_actor(), Chosen([parse("answer", answer_id)]), answer_id)


@blueprint.get("/jobs/<job>/proof")
@guarded("price_chain.read.own")
def job_proof(job: str) -> ResponseReturnValue:
    """The proof of all one's own answers in a job, as a file to keep; of many, the first part."""
    actor = current_actor()
    after = request.args.get("after")
    begin = None if after is None else parse("answer", after)
    return bundle_file(actor, bundle_scopes.of_job(request_session(), actor, parse("job", job), begin), job)


@blueprint.get("/answers/<answer_id>/price-chain")
@guarded("price_chain.read.own")
def price_chain(answer_id: str) -> ResponseReturnValue:
    """Where the client's price of one answer goes, to the last digit."""
    session, actor = request_session(), current_actor()
    chain = chains.answer_chain(session, actor, parse("answer", answer_id))
    layers = {view.part.organization_id for view in chain.parts if view.part.organization_id is not None}
    setters = {one for origin in chain.origins for one in (origin.set_by, origin.agreed_by) if one is not None}
    names = organization_names(session, layers | setters)
    return render_template("work/price_chain.html", chain=chain, names=names, claim_id=_claim_of(answer_id))
