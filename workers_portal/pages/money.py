"""Earnings, the calendar of installments, and where payouts go."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import real_now
from marketplace.kernel.ids import parse, public
from marketplace.payouts import queries as payout_queries
from marketplace.payouts import tax_queries
from marketplace.payouts.minimums import Minimums, waiting
from marketplace.payouts.quoting import quotes_of
from marketplace.protection.recovery import RECOVERY_NOTE
from marketplace.quotes import choosing
from marketplace.rails import changing, methods, onboarding
from marketplace.rails.bank_refusals import stopped_rails
from marketplace.rails.change_models import PayoutDestinationChange
from marketplace.rails.port import bank_rails, onboarding_rails
from marketplace.settlement import advancing, extra_queries, pay_hold_queries, queries
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.payout_methods import address_to_sign_in_again, methods_of, notice
from workers_portal.calendar_file import calendar_file
from workers_portal.pages import blueprint

EXTRAS_SHOWN: Final = 20
PAYOUTS_SHOWN: Final = 20


@blueprint.get("/earnings")
@guarded("earning.read")
def earnings() -> ResponseReturnValue:
    """What was earned, and on which days how much of it is paid."""
    session, actor = request_session(), current_actor()
    calendar = queries.calendar(session, actor)
    paid = extra_queries.extras(session, actor, limit=EXTRAS_SHOWN).data
    payouts = payout_queries.payouts(session, actor, limit=PAYOUTS_SHOWN).data
    page = queries.installments(session, actor, cursor=request.args.get("cursor"))
    days = [(due_on, list(lines)) for due_on, lines in groupby(calendar, key=lambda line: line.due_on)]
    return render_template(
        "work/earnings.html",
        owed=queries.owed(session, actor),
        days=days,
        extras=paid,
        notes={extra.id: (RECOVERY_NOTE.read(extra.note) or extra.note) if extra.note else "" for extra in paid},
        page=page,
        offers=advancing.offers(session, actor, page.data, get_context().settings.advance_fee_ppm),
        years=tax_queries.own_tax_years(session, actor),
        waiting=waiting(session, actor, Minimums.of(get_context().settings)),
        payable=methods.has_destination(session, actor.person),
        refused=stopped_rails(session, actor.person),
        holds=pay_hold_queries.holds_on(session, actor.person),
        payouts=payouts,
        quotes=quotes_of(session, [row.id for row in payouts]),
        withheld=tax_queries.withheld_from(session, [row.id for row in payouts]),
    )


@blueprint.get("/earnings/calendar.ics")
@guarded("earning.read")
def earnings_calendar() -> ResponseReturnValue:
    """What is still to come, by day, for the calendar of a phone."""
    session, actor = request_session(), current_actor()
    data = calendar_file(queries.calendar(session, actor), public("person", actor.person), real_now(session))
    return Response(
        data,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="piecework-pay.ics"', "Cache-Control": "no-store"},
    )


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
    kept = None
    with form.refusals():
        session, rails = request_session(), get_context().rails
        kept = methods.set_destination(session, current_actor(), rails, rail, form.value("destination"), notice())
    if kept is None:
        return _payout_method_page(form), 422
    if isinstance(kept, PayoutDestinationChange):
        flash(_("Kept. It takes effect in two days; we have mailed you about it."), "good")
        return redirect(url_for("work.payout_method"), 303)
    flash(_("Saved. The next payout goes there."), "good")
    return redirect(url_for("work.earnings"), 303)


@blueprint.post("/payout-method/changes/<change>/cancel")
@guarded("payout_method.set")
def cancel_payout_method_change(change: str) -> ResponseReturnValue:
    """Take a change back before it takes effect."""
    changing.cancel_change(request_session(), current_actor(), parse("payout_method_change", change))
    flash(_("Taken back. Payouts go where they went."), "good")
    return redirect(url_for("work.payout_method"), 303)


@blueprint.post("/payout-method/currency")
@guarded("payout_method.set")
def set_payout_currency() -> ResponseReturnValue:
    """Choose the currency of payouts on a rail."""
    form = Form(request.form)
    with form.refusals():
        chosen = form.value("currency") or None
        choosing.choose_currency(request_session(), current_actor(), get_context().rails, form.value("rail"), chosen)
    if not form.valid:
        return _payout_method_page(form), 422
    flash(_("Saved. It counts from the next payout that is prepared."), "good")
    return redirect(url_for("work.payout_method"), 303)


@blueprint.post("/payout-method/account")
@guarded("payout_method.set")
def open_payout_account() -> ResponseReturnValue:
    """Open an account at a rail that identifies payees itself, and show the way to its page."""
    form = Form(request.form)
    link = ""
    with form.refusals():
        back = url_for("work.payout_method", _external=True)
        link = onboarding.begin(transactions, current_actor(), get_context().rails, form.value("rail"), back, notice())
    return _payout_method_page(form, link), 200 if form.valid else 422


def _payout_method_page(form: Form, onboarding_link: str = "") -> str:
    session, actor = request_session(), current_actor()
    return render_template(
        "work/payout_method.html",
        form=form,
        methods=methods_of(session, actor.person),
        sign_in_as=address_to_sign_in_again(session, actor, actor.person),
        currencies=choosing.offered_currencies(session),
        chosen={
            rail: choosing.chosen_currencies(session, rail, [actor.person]).get(actor.person)
            for rail in get_context().rails
        },
        onboarding_rails=onboarding_rails(get_context().rails),
        bank_rails=bank_rails(get_context().rails),
        onboarding_link=onboarding_link,
    )
