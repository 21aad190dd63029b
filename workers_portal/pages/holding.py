"""Skipping a task one holds, and having more time for all of them."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.web.saying import said
from marketplace.work import pace, queries, skipping
from workers_portal.pages import blueprint


@blueprint.post("/claims/<claim_id>/skip")
@guarded("work.claim")
def skip(claim_id: str) -> ResponseReturnValue:
    """Give the task back for a reason; `item` is the number on the page of the item it is about."""
    session, actor, identifier = request_session(), current_actor(), parse("claim", claim_id)
    try:
        with session.begin_nested():
            items = queries.claim_view(session, actor, identifier).items
            number = request.form.get("item", "")
            item_id = items[int(number) - 1].id if number in {str(n) for n in range(1, len(items) + 1)} else None
            skipping.skip(session, actor, identifier, request.form.get("reason", ""), item_id)
    except DomainError as refusal:
        flash(said(refusal.errors[0].message if refusal.errors else refusal.detail), "bad")
        return redirect(url_for("work.claim", claim_id=claim_id), 303)
    flash(_("Skipped. It has no consequence for you, and is never offered to you again."), "good")
    return redirect(url_for("work.tasks"), 303)


@blueprint.post("/time-factor")
@guarded("work.claim")
def set_time_factor() -> ResponseReturnValue:
    """Choose how much time tasks give from now on."""
    text = request.form.get("percent", "")
    try:
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(pace.PERCENT_MAX))):
            message = _("Choose one of the times.")
            raise INVALID.error(message, errors=[FieldError("/percent", "out_of_range", message)])
        pace.set_time_factor(request_session(), current_actor(), int(text))
        flash(_("Your next tasks give this much time."), "good")
    except DomainError as refusal:
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.standing"), 303)
