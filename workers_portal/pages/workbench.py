"""The workbench: one item at a time, saved as one goes on, submitted whole."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import market_now
from marketplace.jobs.labels.external import origin_of
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.web.headers import CONTENT_SECURITY_POLICY
from marketplace.web.saying import said
from marketplace.work import holding, late, late_keeping, submitting
from marketplace.work.going_on import WentOn, submit_and_claim
from workers_portal import forms
from workers_portal.external import token_for, token_holds
from workers_portal.pages import blueprint, offline, sparing
from workers_portal.pages.bench import Bench, item_at, open_bench, ready_bench
from workers_portal.pages.item_parts import item_parts, points_of


@blueprint.get("/claims/<claim_id>")
@guarded("work.read")
def claim(claim_id: str) -> ResponseReturnValue:
    """The claim as a whole: what is left to do, or what became of it."""
    bench = open_bench(claim_id)
    page = "work/claim_open.html" if bench.view.claim.state == "claimed" else "work/claim_closed.html"
    now = market_now(request_session())
    can_be_taken_up = late.can_take_up(bench.view.claim, now)
    return render_template(page, bench=bench, view=bench.view, late=can_be_taken_up, now=now)


@blueprint.get("/claims/<claim_id>/items/<int:number>")
@guarded("work.read")
def workbench(claim_id: str, number: int) -> ResponseReturnValue:
    """One item with its form."""
    bench = open_bench(claim_id)
    if bench.view.claim.state != "claimed":
        return redirect(url_for("work.claim", claim_id=claim_id), 303)
    item_at(bench, number)
    return _page(bench, number, bench.form(number))


@blueprint.post("/claims/<claim_id>/items/<int:number>")
@guarded("work.submit")
def save_item(claim_id: str, number: int) -> ResponseReturnValue:
    """Save the item's answer, then go where the button says: next, more rows, or submit all."""
    bench = ready_bench(claim_id, number)
    if not isinstance(bench, Bench):
        return bench
    item = item_at(bench, number)
    action = request.form.get("action", "next")
    blank = forms.BLANK_ROWS * (3 if action == "rows" else 1)
    form = forms.from_post(number, bench.fields(item), request.form, blank=blank, item=item.meta)
    answer = form.answer()
    errors = bench.errors(item, answer)
    if bench.view.job.kind == "external" and not token_holds(
        request.form.get(f"{number}.token", ""), bench.view.claim, item
    ):
        errors = [FieldError("/data", "token_invalid", _("What the tool said is not for this item, or is too old."))]
    if errors and action not in {"rows", "copy"}:
        form.show(errors)
        return offline.refused_on(partial(_page, bench, number, form), 422, "answers_invalid")
    bench.saved[item.id] = form.readable() if errors else answer
    draft = {public("item", key): value for key, value in bench.saved.items()}
    try:
        with request_session().begin_nested():
            save = late_keeping.save_late if bench.is_late else holding.save_draft
            save(request_session(), current_actor(), bench.view.claim.id, draft)
    except DomainError as refusal:
        return offline.refused_on(partial(_page, bench, number, form, refusal), 409, refusal.slug)
    if action == "rows":
        return _page(bench, number, form)
    if action == "copy":
        return _copied(bench, number, form)
    if action in {"submit", "submit_next"}:
        return _submit(bench, claim_id, go_on=action == "submit_next")
    if action == "save":
        flash(_("Saved."), "good")
        return redirect(url_for("work.workbench", claim_id=claim_id, number=number), 303)
    if number < len(bench.items):
        return redirect(url_for("work.workbench", claim_id=claim_id, number=number + 1), 303)
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _copied(bench: Bench, number: int, form: forms.ItemForm) -> str:
    """The item with what the worker has in the item before; it is saved when they save it."""
    before = bench.form_before(number)
    if before is None or not (before.marked or before.chosen):
        flash(_("There is nothing to copy in the item before."), "bad")
    else:
        form.take_from(before)
        flash(_("Copied from the item before. Change what is not right here, then save."), "good")
    return _page(bench, number, form)


def _page(bench: Bench, number: int, form: forms.ItemForm, refusal: DomainError | None = None) -> str:
    item = bench.items[number - 1]
    token = None
    # Whoever looks at somebody's pages reads: no tool of a client's is called, which could do more.
    if bench.view.job.kind == "external" and current_actor().look_id is None:
        token, origin = token_for(bench.view.claim, item), origin_of(bench.view.job.label_schema)
        after_this_request(lambda response: _let_in(response, origin))
    others_ready = all(bench.is_ready(other) for other in bench.items if other is not item)
    return render_template(
        "work/workbench.html",
        bench=bench,
        view=bench.view,
        number=number,
        problem=refusal,
        beat_seconds=sparing.BEAT_SECONDS,
        before=bench.view.answers.get(item.id),
        others_ready=others_ready,
        copied=bench.form_before(number),
        token=token,
        points=url_for("work.points", claim_id=public("claim", bench.view.claim.id), number=number),
        **item_parts(bench.view.job, item, form),
    )


def _let_in(response: Response, origin: str) -> Response:
    """Let one origin into the frames of this page, and of no other."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src {origin}"
    return response


@blueprint.get("/claims/<claim_id>/items/<int:number>/points")
@guarded("work.read")
def points(claim_id: str, number: int) -> ResponseReturnValue:
    """Points of the item's cloud for drawing."""
    return points_of(item_at(open_bench(claim_id), number).id)


@blueprint.post("/claims/<claim_id>/submit")
@guarded("work.submit")
def submit(claim_id: str) -> ResponseReturnValue:
    """Submit what is saved."""
    bench = ready_bench(claim_id)
    return _submit(bench, claim_id) if isinstance(bench, Bench) else bench


@blueprint.post("/claims/<claim_id>/take-up")
@guarded("work.claim")
def take_up(claim_id: str) -> ResponseReturnValue:
    """Hold the claim again after its lease ended, if nobody else has the task."""
    refusal = offline.take_up(claim_id)
    if refusal is not None:
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _submit(bench: Bench, claim_id: str, *, go_on: bool = False) -> ResponseReturnValue:
    session, actor, claim = request_session(), current_actor(), bench.view.claim
    answers = {item.id: bench.saved[item.id] for item in bench.items if item.id in bench.saved}
    held_max = get_context().settings.claims_held_max
    if bench.is_late:
        return _submit_late(bench, claim_id, answers, held_max)
    try:
        with session.begin_nested():
            if go_on:
                went = submit_and_claim(session, actor, claim.id, answers, claim.attempt, held_max=held_max)
            else:
                went = WentOn(submitting.submit(session, actor, claim.id, answers, claim.attempt))
    except DomainError as refusal:
        shown = partial(render_template, "work/claim_open.html", bench=bench, view=bench.view, problem=refusal)
        return offline.refused_on(shown, 409, refusal.slug)
    if went.claimed is not None:
        flash(_("Submitted. Here is your next task."), "good")
        return redirect(url_for("work.workbench", claim_id=public("claim", went.claimed.id), number=1), 303)
    if went.refusal is not None:
        flash(_("Submitted. There is no next task for you here: %(why)s", why=said(went.refusal.detail)), "good")
        return redirect(url_for("work.claim", claim_id=claim_id), 303)
    flash(_("Submitted. You can follow here what becomes of it."), "good")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _submit_late(
    bench: Bench, claim_id: str, answers: dict[UUID, dict[str, Any]], held_max: int
) -> ResponseReturnValue:
    """Submit what comes after the lease ended, or have it kept: the claim's own page says which."""
    session, actor, claim = request_session(), current_actor(), bench.view.claim
    try:
        with session.begin_nested():
            late_keeping.submit_late(session, actor, claim.id, answers, claim.attempt, held_max=held_max)
    except DomainError as refusal:
        if offline.is_from_outbox():
            return offline.refused(refusal.slug)
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


@blueprint.post("/claims/<claim_id>/extend")
@guarded("work.claim")
def extend(claim_id: str) -> ResponseReturnValue:
    """Start the lease anew."""
    try:
        with request_session().begin_nested():
            holding.extend(request_session(), current_actor(), parse("claim", claim_id))
        flash(_("The time starts anew."), "good")
    except DomainError as refusal:
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


@blueprint.post("/claims/<claim_id>/return")
@guarded("work.claim")
def give_back(claim_id: str) -> ResponseReturnValue:
    """Give the claim back, without any consequence for a first attempt."""
    try:
        with request_session().begin_nested():
            holding.give_back(request_session(), current_actor(), parse("claim", claim_id))
        flash(_("Given back. Somebody else can take it now."), "good")
    except DomainError as refusal:
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.my_work"), 303)
