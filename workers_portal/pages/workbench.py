"""The workbench: one item at a time, saved as one goes on, submitted whole."""

from __future__ import annotations

import secrets
import sys
from array import array
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Response, abort, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import market_now
from marketplace.jobs.labels import KINDS, FormField, answer_errors
from marketplace.jobs.labels.external import origin_of
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.drawing import Drawing, cloud_points, cloud_views, draw
from marketplace.web.guard import guarded
from marketplace.web.headers import CONTENT_SECURITY_POLICY
from marketplace.web.media import media_link
from marketplace.work import holding, late, queries, submitting
from marketplace.work.claiming import ClaimItem
from marketplace.work.going_on import WentOn, submit_and_claim
from marketplace.work.views import ClaimView
from workers_portal import forms
from workers_portal.external import token_for, token_holds
from workers_portal.pages import blueprint, offline, widgets

POINTS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Bench:
    """A claim that is being worked on: its items to answer, and what stands in the draft for each."""

    view: ClaimView
    saved: dict[UUID, dict[str, Any]]

    @property
    def items(self) -> list[ClaimItem]:
        """The items of this attempt, in order."""
        return self.view.items_to_answer

    def is_ready(self, item: ClaimItem) -> bool:
        """Whether the saved answer of the item could be submitted."""
        return item.id in self.saved and not self.errors(item, self.saved[item.id])

    @property
    def ready_count(self) -> int:
        """How many items have an answer that could be submitted."""
        return sum(self.is_ready(item) for item in self.items)

    @property
    def first_open(self) -> int:
        """The number of the first item without an answer that could be submitted; 1 when all have one."""
        return next((number for number, item in enumerate(self.items, start=1) if not self.is_ready(item)), 1)

    def errors(self, item: ClaimItem, answer: dict[str, Any]) -> list[FieldError]:
        """What is wrong with an answer to the item."""
        return answer_errors(KINDS[self.view.job.kind], self.view.job.label_schema, answer, item.meta)

    def fields(self, item: ClaimItem) -> list[FormField]:
        """The fields of an answer to the item."""
        return KINDS[self.view.job.kind].form(self.view.job.label_schema, item.meta)

    def shown(self, item: ClaimItem) -> Drawing:
        """The answer that was given to the item."""
        given = self.view.answers[item.id].answer.content
        return draw(item, given, self.view.job.label_schema.get("classes", []), None)

    def form(self, number: int) -> forms.ItemForm:
        """The form of an item as saved; in a redo, the answer that was sent back; else what a model proposed."""
        item = self.items[number - 1]
        before = self.view.answers.get(item.id)
        start = before.answer.content if before else (item.prelabel or {}).get("answer")
        return forms.from_answer(
            number, self.fields(item), self.saved.get(item.id, start), blank=forms.BLANK_ROWS, item=item.meta
        )


def _bench(claim_id: str, *, lock: bool = False) -> Bench:
    session, actor = request_session(), current_actor()
    identifier = parse("claim", claim_id)
    if lock:
        # Two pages of one claim open side by side: each adds its item to the draft, and neither may lose the other's.
        holding.own_claim(session, actor, identifier, lock=True)
    view = queries.claim_view(session, actor, identifier)
    return Bench(view, {parse("item", key): value for key, value in (view.claim.draft or {}).items()})


def _ready_bench(claim_id: str, number: int | None = None) -> Bench | ResponseReturnValue:
    """The claim, locked and held, for an answer to what its page showed; else what is answered instead.

    What a device kept may come late, and again: a lease that ended is taken up, and an answer that came before is as
    good as given.
    """
    kept = offline.is_from_outbox()
    late_refusal = offline.take_up(claim_id) if kept else None
    bench = _bench(claim_id, lock=True)
    claim = bench.view.claim
    shown = request.form.get("attempt", type=int)
    if claim.state == "claimed" and late_refusal is None and shown in {None, claim.attempt}:
        return bench
    if kept and not _came_before(bench, number, shown):
        return offline.refused("state_conflict" if late_refusal is None else late_refusal.slug)
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _came_before(bench: Bench, number: int | None, attempt: int | None) -> bool:
    """Whether what was kept on a device for an attempt that is over was submitted with it."""
    items, claim = bench.view.items, bench.view.claim
    if claim.submitted_at is None or attempt is None or claim.attempt < attempt:
        return False
    if number is None or attempt > 1:
        return True
    given = bench.view.answers.get(items[number - 1].id) if 1 <= number <= len(items) else None
    if given is None or claim.attempt > attempt:
        return given is not None
    item = items[number - 1]
    form = forms.from_post(number, bench.fields(item), request.form, blank=0, item=item.meta)
    return bool(form.answer() == given.answer.content)


def _item(bench: Bench, number: int) -> ClaimItem:
    if not 1 <= number <= len(bench.items):
        abort(404)
    return bench.items[number - 1]


@blueprint.get("/claims/<claim_id>")
@guarded("work.read")
def claim(claim_id: str) -> ResponseReturnValue:
    """The claim as a whole: what is left to do, or what became of it."""
    bench = _bench(claim_id)
    page = "work/claim_open.html" if bench.view.claim.state == "claimed" else "work/claim_closed.html"
    can_be_taken_up = late.can_take_up(bench.view.claim, market_now(request_session()))
    return render_template(page, bench=bench, view=bench.view, late=can_be_taken_up)


@blueprint.get("/claims/<claim_id>/items/<int:number>")
@guarded("work.read")
def workbench(claim_id: str, number: int) -> ResponseReturnValue:
    """One item with its form."""
    bench = _bench(claim_id)
    if bench.view.claim.state != "claimed":
        return redirect(url_for("work.claim", claim_id=claim_id), 303)
    _item(bench, number)
    return _page(bench, number, bench.form(number))


@blueprint.post("/claims/<claim_id>/items/<int:number>")
@guarded("work.submit")
def save_item(claim_id: str, number: int) -> ResponseReturnValue:
    """Save the item's answer, then go where the button says: next, more rows, or submit all."""
    bench = _ready_bench(claim_id, number)
    if not isinstance(bench, Bench):
        return bench
    item = _item(bench, number)
    action = request.form.get("action", "next")
    blank = forms.BLANK_ROWS * (3 if action == "rows" else 1)
    form = forms.from_post(number, bench.fields(item), request.form, blank=blank, item=item.meta)
    answer = form.answer()
    errors = bench.errors(item, answer)
    if bench.view.job.kind == "external" and not token_holds(
        request.form.get(f"{number}.token", ""), bench.view.claim, item
    ):
        errors = [FieldError("/data", "token_invalid", _("What the tool said is not for this item, or is too old."))]
    if errors and action != "rows":
        form.show(errors)
        return offline.refused("answers_invalid") if offline.is_from_outbox() else (_page(bench, number, form), 422)
    bench.saved[item.id] = form.readable() if errors else answer
    draft = {public("item", key): value for key, value in bench.saved.items()}
    try:
        with request_session().begin_nested():
            holding.save_draft(request_session(), current_actor(), bench.view.claim.id, draft)
    except DomainError as refusal:
        if offline.is_from_outbox():
            return offline.refused(refusal.slug)
        return _page(bench, number, form, refusal), 409
    if action == "rows":
        return _page(bench, number, form)
    if action in {"submit", "submit_next"}:
        return _submit(bench, claim_id, go_on=action == "submit_next")
    if action == "save":
        flash(_("Saved."), "good")
        return redirect(url_for("work.workbench", claim_id=claim_id, number=number), 303)
    if number < len(bench.items):
        return redirect(url_for("work.workbench", claim_id=claim_id, number=number + 1), 303)
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _page(bench: Bench, number: int, form: forms.ItemForm, refusal: DomainError | None = None) -> str:
    item = bench.items[number - 1]
    token = None
    if bench.view.job.kind == "external":
        token, origin = token_for(bench.view.claim, item), origin_of(bench.view.job.label_schema)
        after_this_request(lambda response: _let_in(response, origin))
    others_ready = all(bench.is_ready(other) for other in bench.items if other is not item)
    nonce = None
    if KINDS[bench.view.job.kind].MEDIA == "audio":
        nonce = secrets.token_urlsafe(16)
        after_this_request(lambda response: _let_style(response, nonce))
    return render_template(
        "work/workbench.html",
        bench=bench,
        view=bench.view,
        item=item,
        number=number,
        form=form,
        problem=refusal,
        media=media_link(item.id, current_actor()) if item.content.keys() & {"media", "url"} else None,
        drawn=_drawn(bench, item, form),
        sort=KINDS[bench.view.job.kind].MEDIA,
        before=bench.view.answers.get(item.id),
        others_ready=others_ready,
        token=token,
        points=url_for("work.points", claim_id=public("claim", bench.view.claim.id), number=number),
        nonce=nonce,
        scripts=widgets.scripts(),
        styles=widgets.styles(),
    )


def _let_in(response: Response, origin: str) -> Response:
    """Let one origin into the frames of this page, and of no other."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src {origin}"
    return response


def _let_style(response: Response, nonce: str) -> Response:
    """Let the wave of a sound carry its own style sheet, which its shadow needs; nothing else may be inline."""
    policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/claims/<claim_id>/items/<int:number>/points")
@guarded("work.read")
def points(claim_id: str, number: int) -> ResponseReturnValue:
    """Points of the item's cloud for drawing: x, y and z in metres, 32-bit floats, little-endian."""
    item = _item(_bench(claim_id), number)
    found = array("f", chain.from_iterable(cloud_points(item.id, POINTS_MAX)))
    if sys.byteorder == "big":
        found.byteswap()
    return Response(found.tobytes(), content_type="application/octet-stream")


def _drawn(bench: Bench, item: ClaimItem, form: forms.ItemForm) -> Drawing:
    """The item with what the form says so far."""
    drawn = draw(item, form.readable(), bench.view.job.label_schema.get("classes", []), None)
    return replace(drawn, views=cloud_views(item, form.readable()["cuboids"])) if drawn.name == "cuboids" else drawn


@blueprint.post("/claims/<claim_id>/submit")
@guarded("work.submit")
def submit(claim_id: str) -> ResponseReturnValue:
    """Submit what is saved."""
    bench = _ready_bench(claim_id)
    return _submit(bench, claim_id) if isinstance(bench, Bench) else bench


@blueprint.post("/claims/<claim_id>/take-up")
@guarded("work.claim")
def take_up(claim_id: str) -> ResponseReturnValue:
    """Hold the claim again after its lease ended, if nobody else has the task."""
    refusal = offline.take_up(claim_id)
    if refusal is not None:
        flash(refusal.detail, "bad")
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _submit(bench: Bench, claim_id: str, *, go_on: bool = False) -> ResponseReturnValue:
    session, actor, claim = request_session(), current_actor(), bench.view.claim
    answers = {item.id: bench.saved[item.id] for item in bench.items if item.id in bench.saved}
    try:
        with session.begin_nested():
            if go_on:
                held_max = get_context().settings.claims_held_max
                went = submit_and_claim(session, actor, claim.id, answers, claim.attempt, held_max=held_max)
            else:
                went = WentOn(submitting.submit(session, actor, claim.id, answers, claim.attempt))
    except DomainError as refusal:
        if offline.is_from_outbox():
            return offline.refused(refusal.slug)
        return render_template("work/claim_open.html", bench=bench, view=bench.view, problem=refusal), 409
    if went.claimed is not None:
        flash(_("Submitted. Here is your next task."), "good")
        return redirect(url_for("work.workbench", claim_id=public("claim", went.claimed.id), number=1), 303)
    if went.refusal is not None:
        flash(_("Submitted. There is no next task for you here: %(why)s", why=went.refusal.detail), "good")
        return redirect(url_for("work.claim", claim_id=claim_id), 303)
    flash(_("Submitted. You can follow here what becomes of it."), "good")
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
        flash(refusal.detail, "bad")
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
        flash(refusal.detail, "bad")
    return redirect(url_for("work.my_work"), 303)
