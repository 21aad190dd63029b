"""Payments that were charged back: what stands for them, and how finance ends them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity.queries import organization_names
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.lifecycle.chargebacks import declare_lost, write_off
from marketplace.rails import queries
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/chargebacks")
@guarded("chargeback.read")
def chargebacks() -> ResponseReturnValue:
    """The newest first: an organization's own, or everybody's for the platform's staff."""
    return _page(Form(), "")


@blueprint.post("/chargebacks/<chargeback>/declare-lost")
@guarded("chargeback.close")
def lose_chargeback(chargeback: str) -> ResponseReturnValue:
    """The payer's bank decided for the payer."""
    form = Form(request.form.to_dict())
    with form.refusals():
        declare_lost(request_session(), current_actor(), parse("chargeback", chargeback), _reason(form))
    return went_well(_("Kept."), "console.chargebacks") if form.valid else _page(form, chargeback)


@blueprint.post("/chargebacks/<chargeback>/write-off")
@guarded("chargeback.close")
def write_chargeback_off(chargeback: str) -> ResponseReturnValue:
    """Nobody will pay the rest."""
    form = Form(request.form.to_dict())
    with form.refusals():
        write_off(request_session(), current_actor(), parse("chargeback", chargeback), _reason(form))
    return went_well(_("Kept."), "console.chargebacks") if form.valid else _page(form, chargeback)


def _reason(form: Form) -> str:
    reason = form.value("reason").strip()
    if not reason:
        raise INVALID.error("Say why.", errors=[FieldError("/reason", "required", "Say why: others will ask.")])
    return reason


def _page(form: Form, asked: str) -> ResponseReturnValue:
    session = request_session()
    page = queries.chargebacks(session, current_actor(), cursor=request.args.get("cursor"))
    names = organization_names(session, [row.organization_id for row in page.data])
    shown = render_template("console/chargebacks.html", page=page, names=names, form=form, asked=asked)
    return shown, 200 if form.valid else 422
