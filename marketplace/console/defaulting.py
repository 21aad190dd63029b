"""Layers in default: declared on a contract's page, listed with what is held, released by finance."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.contracts import default_queries
from marketplace.identity.queries import organization_names
from marketplace.kernel.ids import parse
from marketplace.lifecycle import succeeding
from marketplace.settlement import defaulting
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/defaults")
@guarded("default.read")
def defaults() -> ResponseReturnValue:
    """Who could not go on, who took over, and what is held, the newest first."""
    return _page(Form(), "")


@blueprint.post("/contracts/<contract>/default")
@guarded("contract.default")
def declare_default(contract: str) -> ResponseReturnValue:
    """Declare that a contract's seller cannot go on with it."""
    form = Form(request.form.to_dict())
    with form.refusals():
        succeeding.declare_default(
            request_session(),
            current_actor(),
            parse("contract", contract),
            parse("organization", form.value("seller")),
            form.value("reason"),
        )
    if not form.valid:
        return _page(form, "")
    return went_well(_("Declared: another sells under this contract from now on, at its prices."), "console.defaults")


@blueprint.post("/defaults/<default>/release")
@guarded("default.release")
def release_default(default: str) -> ResponseReturnValue:
    """End the hold on what the former seller had earned."""
    form = Form(request.form.to_dict())
    with form.refusals():
        defaulting.release_margins(request_session(), current_actor(), parse("default", default), form.value("reason"))
    if not form.valid:
        return _page(form, default)
    return went_well(_("Released: it falls due on its days."), "console.defaults")


def _page(form: Form, released: str) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = default_queries.list_defaults(session, actor, cursor=request.args.get("cursor"))
    held = {row.id: defaulting.held_of(session, row) for row in page.data if default_queries.knows_money(actor, row)}
    parties = {row.former_organization_id for row in page.data} | {row.successor_organization_id for row in page.data}
    shown = render_template(
        "console/defaults.html",
        page=page,
        held=held,
        names=organization_names(session, parties),
        form=form,
        released=released,
    )
    return shown, 200 if form.valid else 422
