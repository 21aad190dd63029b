"""Finance: what is held of what is due to a payee, for which reason and how long."""

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of
from marketplace.console.reads import payee_names, payees
from marketplace.db.clock import market_now
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse, public
from marketplace.payouts.approving import hold_installment, hold_payout
from marketplace.settlement import pay_hold_queries, pay_holds
from marketplace.settlement.states import PAYEE_NOUNS
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/pay-holds")
@guarded("payout_run.read")
def held_pay() -> ResponseReturnValue:
    """What finance holds and held, the newest first."""
    return _page(Form())


@blueprint.post("/pay-holds")
@guarded("pay.hold")
def hold_pay() -> ResponseReturnValue:
    """Hold what is due to a payee, an installment, or a payout that is not on its way."""
    form = Form(request.form.to_dict())
    with form.refusals():
        _place(
            form.value("of").strip(), form.value("reason"), day_of(form, "ends_on") if form.value("ends_on") else None
        )
    return went_well(_("Held. The payee is told."), "console.held_pay") if form.valid else _page(form)


@blueprint.post("/pay-holds/<pay_hold>/confirm")
@guarded("pay.hold")
def confirm_hold(pay_hold: str) -> ResponseReturnValue:
    """Confirm somebody else's hold for as long as it was asked for."""
    form = Form()
    with form.refusals():
        pay_holds.confirm_hold(request_session(), current_actor(), parse("pay_hold", pay_hold))
    return went_well(_("Confirmed."), "console.held_pay") if form.valid else _page(form)


@blueprint.post("/pay-holds/<pay_hold>/release")
@guarded("pay.hold")
def release_hold(pay_hold: str) -> ResponseReturnValue:
    """End a hold early."""
    form = Form(request.form.to_dict())
    with form.refusals():
        pay_holds.release_hold(
            request_session(), current_actor(), parse("pay_hold", pay_hold), form.value("release_reason")
        )
    return went_well(_("Released; it falls due again."), "console.held_pay") if form.valid else _page(form)


def _place(of: str, reason: str, ends_on: dt.date | None) -> None:
    """Hold what the id names."""
    session, actor, days_max = request_session(), current_actor(), get_context().settings.hold_worker_days_max
    if of.startswith("pay_"):
        hold_payout(session, actor, parse("payout", of), reason, ends_on, days_max=days_max)
    elif of.startswith("ins_"):
        hold_installment(session, actor, parse("installment", of), reason, ends_on, days_max=days_max)
    else:
        payee_id = parse("organization" if of.startswith("org_") else "person", of)
        pay_holds.hold_payee(session, actor, payee_id, reason, ends_on, days_max=days_max)


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = pay_hold_queries.pay_holds(session, actor, cursor=request.args.get("cursor"))
    people = {by for row in page.data for by in (row.placed_by, row.confirmed_by, row.released_by) if by}
    html = render_template(
        "console/pay_holds.html",
        page=page,
        names=payee_names(session, [(row.payee_kind, row.payee_id) for row in page.data])
        | person_names(session, people),
        payees=[(public(PAYEE_NOUNS[kind], payee_id), name) for kind, payee_id, name in payees(session)]
        if actor.may("pay.hold")
        else [],
        of=form.value("of") or request.args.get("of", ""),
        days_max=get_context().settings.hold_worker_days_max,
        alone_days=pay_holds.ALONE_DAYS,
        today=market_now(session).date(),
        form=form,
    )
    return html, 200 if form.valid else 422
