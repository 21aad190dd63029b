"""My work: claims and what became of them; contesting a rejection; the price chain of an answer."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity.queries import organization_names
from marketplace.kernel.ids import parse, public
from marketplace.provenance import chains
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work import disputing, queries
from workers_portal.pages import blueprint


@blueprint.get("/claims")
@guarded("work.read")
def my_work() -> ResponseReturnValue:
    """Claims, newest first."""
    page = queries.my_claims(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("work/my_work.html", page=page)


@blueprint.get("/answers/<answer_id>/dispute")
@guarded("dispute.open")
def dispute_form(answer_id: str) -> ResponseReturnValue:
    """The form to contest a rejection."""
    return _dispute_page(answer_id, Form())


@blueprint.post("/answers/<answer_id>/dispute")
@guarded("dispute.open")
def dispute(answer_id: str) -> ResponseReturnValue:
    """Contest a rejection."""
    form = Form(request.form)
    with form.refusals():
        disputing.open_dispute(request_session(), current_actor(), parse("answer", answer_id), form.value("reason"))
    if not form.valid:
        return _dispute_page(answer_id, form), 422
    flash(_("Contested. If nobody answers by the deadline, you are paid."), "good")
    return redirect(url_for("work.claim", claim_id=_claim_of(answer_id)), 303)


def _claim_of(answer_id: str) -> str:
    answer = queries.own_answer(request_session(), current_actor(), parse("answer", answer_id))
    return public("claim", answer.claim_id)


def _dispute_page(answer_id: str, form: Form) -> str:
    session, actor = request_session(), current_actor()
    answer = queries.own_answer(session, actor, parse("answer", answer_id))
    view = queries.claim_view(session, actor, answer.claim_id)
    item = next(item for item in view.items if item.id == answer.item_id)
    shown = draw(item, answer.content, view.job.label_schema.get("classes", []), None)
    return render_template(
        "work/dispute.html", form=form, answer=view.answers[item.id], view=view, item=item, shown=shown
    )


@blueprint.get("/answers/<answer_id>/price-chain")
@guarded("price_chain.read.own")
def price_chain(answer_id: str) -> ResponseReturnValue:
    """Where the client's price of one answer goes, to the last digit."""
    session, actor = request_session(), current_actor()
    chain = chains.answer_chain(session, actor, parse("answer", answer_id))
    layers = {view.part.organization_id for view in chain.parts if view.part.organization_id is not None}
    names = organization_names(session, layers)
    return render_template("work/price_chain.html", chain=chain, names=names, claim_id=_claim_of(answer_id))
