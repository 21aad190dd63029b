"""Taking pay before its day: both ways side by side, and the amount before it is confirmed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.settlement import advancing
from marketplace.settlement.errors import ADVANCE_FEE_DIFFERS
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint


@blueprint.get("/installments/<installment>/advance")
@guarded("advance.take")
def advance_page(installment: str) -> ResponseReturnValue:
    """What comes early for which fee, and what comes for free on which day."""
    return _page(installment, Form())


@blueprint.post("/installments/<installment>/advance")
@guarded("advance.take")
def take_advance(installment: str) -> ResponseReturnValue:
    """Take it for the fee that stood on the page."""
    form = Form(request.form)
    with form.refusals():
        advancing.take_advance(
            request_session(),
            current_actor(),
            parse("installment", installment),
            fee=Money.parse(form.value("fee"), form.value("currency"), pointer="/fee"),
            fee_ppm=get_context().settings.advance_fee_ppm,
        )
    if form.error is not None and form.error.spec is not ADVANCE_FEE_DIFFERS:
        raise form.error
    if not form.valid:
        return _page(installment, form), 422
    flash(_("Taken early. It comes with the next payout."), "good")
    return redirect(url_for("work.earnings"), 303)


def _page(installment: str, form: Form) -> str:
    fee_ppm = get_context().settings.advance_fee_ppm
    offer = advancing.offer(request_session(), current_actor(), parse("installment", installment), fee_ppm)
    return render_template("work/advance.html", offer=offer, form=form)
