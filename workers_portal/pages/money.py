"""Earnings, the calendar of installments, and where payouts go."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.rails import methods, onboarding
from marketplace.rails.port import onboarding_rails
from marketplace.settlement import extra_queries, queries
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
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
    return {name: methods.shown_destination(session, actor.person, name) for name in sorted(get_context().rails)}


@blueprint.get("/payout-method")
@guarded("payout_method.set")
def payout_method() -> ResponseReturnValue:
    """Where payouts go."""
    return _payout_method_page(Form())


@blueprint.post("/payout-method")
@guarded("payout_method.set")
def set_payout_method() -> ResponseReturnValue:
    """Change where payouts go."""
    form = Form(request.form)
    rail = form.value("rail")
    with form.refusals():
        rails = get_context().rails
        methods.set_destination(request_session(), current_actor(), rails, rail, form.value("destination"))
    if not form.valid:
        return _payout_method_page(form), 422
    flash(_("Saved. The next payout goes there."), "good")
    return redirect(url_for("work.earnings"), 303)


@blueprint.post("/payout-method/account")
@guarded("payout_method.set")
def open_payout_account() -> ResponseReturnValue:
    """Open an account at a rail that identifies payees itself, and show the way to its page."""
    form = Form(request.form)
    link = ""
    with form.refusals():
        back = url_for("work.payout_method", _external=True)
        link = onboarding.begin(transactions, current_actor(), get_context().rails, form.value("rail"), back)
    return _payout_method_page(form, link), 200 if form.valid else 422


def _payout_method_page(form: Form, onboarding_link: str = "") -> str:
    return render_template(
        "work/payout_method.html",
        form=form,
        destinations=_destinations(),
        onboarding_rails=onboarding_rails(get_context().rails),
        onboarding_link=onboarding_link,
    )
