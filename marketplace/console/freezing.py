"""Finance: freezing payouts, by one person at once; and letting them be sent again, which two people do."""

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import invalid
from marketplace.identity.queries import person_names
from marketplace.rails import freezing
from marketplace.reconciliation.acknowledging import acknowledge
from marketplace.reconciliation.reading_back import Unexplained, unfreeze
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/payout-freeze")
@guarded("payout_run.read")
def payout_freeze() -> ResponseReturnValue:
    """Whether payouts are frozen, who did what, and what can be done."""
    return _page(Form())


@blueprint.post("/payout-freeze")
@guarded("payout_run.approve")
def freeze_payouts() -> ResponseReturnValue:
    """Freeze payouts at once."""
    form = Form(request.form.to_dict())
    with form.refusals():
        freezing.freeze(request_session(), current_actor(), form.value("reason"), _read_from(form))
    return _after(form, _("Payouts are frozen. What is on its way goes on; nothing new is sent."))


@blueprint.post("/payout-freeze/ask")
@guarded("payout_run.approve")
def ask_to_lift() -> ResponseReturnValue:
    """Ask, as the first of two people, that payouts be sent again."""
    form = Form(request.form.to_dict())
    with form.refusals():
        freezing.ask_to_lift(request_session(), current_actor(), form.value("reason"))
    return _after(form, _("Asked. Another person has the rails read back."))


@blueprint.post("/payout-freeze/lift")
@guarded("payout_run.approve")
def lift_freeze() -> ResponseReturnValue:
    """Have the rails read back, as the second person; what is left unexplained is shown, and payouts stay frozen."""
    form = Form(request.form.to_dict())
    left: list[Unexplained] = []
    with form.refusals():
        # Not in this request's transaction: what was adopted before a rail fell silent stays adopted.
        left = unfreeze(transactions, current_actor(), get_context().rails).left
    return _page(form, left) if left else _after(form, _("Payouts may be sent again."))


@blueprint.post("/payout-freeze/acknowledge")
@guarded("payout_run.approve")
def acknowledge_transfer() -> ResponseReturnValue:
    """Say that a transfer that nothing explains was looked into."""
    form = Form(request.form.to_dict())
    with form.refusals():
        acknowledge(request_session(), current_actor(), form.value("line"), form.value("reason"))
    return _after(form, _("It no longer keeps payouts frozen."))


def _read_from(form: Form) -> dt.datetime | None:
    text = form.value("read_from").strip()
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None
    except ValueError:
        raise invalid("/read_from", "day", _("A day such as 2027-02-28 is needed.")) from None


def _after(form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.payout_freeze") if form.valid else _page(form)


def _page(form: Form, left: list[Unexplained] | None = None) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    history = freezing.freeze_history(session, actor)
    html = render_template(
        "console/payout_freeze.html",
        freeze=freezing.current_freeze(session),
        asked=freezing.lift_asked(session),
        history=history,
        names=person_names(session, [event.person_id for event in history if event.person_id]),
        left=left or [],
        form=form,
    )
    return html, 200 if form.valid else 422
