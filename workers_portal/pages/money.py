"""Earnings, the calendar of installments, and where payouts go."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.rails import methods
from marketplace.settlement import extra_queries, queries
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint

EXTRAS_SHOWN: Final = 20


@blueprint.get("/earnings")
@guarded("earning.read")
def earnings() -> ResponseReturnValue:
    """What was earned, and on which days how much of it is paid."""
    session, actor = request_session(), current_actor()
    calendar = queries.calendar(session, actor)
    days = [(due_on, list(lines)) for due_on, lines in groupby(calendar, key=lambda line: line.due_on)]
    return render_template(
        "work/earnings.html",
        owed=queries.owed(session, actor),
        days=days,
        extras=extra_queries.extras(session, actor, limit=EXTRAS_SHOWN).data,
        page=queries.installments(session, actor, cursor=request.args.get("cursor")),
        destinations=_destinations(),
    )


def _destinations() -> dict[str, str | None]:
    session, actor = request_session(), current_actor()
    return {name: methods.destination_of(session, actor.person, name) for name in sorted(get_context().rails)}


@blueprint.get("/payout-method")
@guarded("payout_method.set")
def payout_method() -> ResponseReturnValue:
    """Where payouts go."""
    return render_template("work/payout_method.html", form=Form(), destinations=_destinations())


@blueprint.post("/payout-method")
@guarded("payout_method.set")
def set_payout_method() -> ResponseReturnValue:
    """Change where payouts go."""
    form = Form(request.form)
    rail = form.value("rail")
    with form.refusals():
        methods.known_rail(get_context().rails, rail)
        methods.set_destination(request_session(), current_actor(), rail, form.value("destination"))
    if not form.valid:
        return render_template("work/payout_method.html", form=form, destinations=_destinations()), 422
    flash(_("Saved. The next payout goes there."), "good")
    return redirect(url_for("work.earnings"), 303)
