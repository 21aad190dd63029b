"""Everything that is kept about the worker: taking it along, and deleting the account."""

from __future__ import annotations

import json

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity.departures import what_is_owed
from marketplace.identity.erasing import erase_person
from marketplace.identity.own_data import own_data
from marketplace.identity.stepping_up import address_to_step_up
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.rails.methods import has_destination
from marketplace.settlement import queries
from marketplace.web.auth import current_actor
from marketplace.web.cookies import drop_session_cookie
from marketplace.web.database import request_session
from marketplace.web.faces import WORK
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint


@blueprint.get("/account")
@guarded("account.read.own")
def account() -> ResponseReturnValue:
    """What can be done with one's data, and what stays after the account is deleted."""
    return _page(Form())


@blueprint.get("/account/data.json")
@guarded("account.read.own")
def account_data() -> ResponseReturnValue:
    """Everything that is kept about one, as a file."""
    found = own_data(request_session(), current_actor())
    return Response(
        json.dumps(found, ensure_ascii=False, indent=1),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="piecework-my-data.json"', "Cache-Control": "no-store"},
    )


@blueprint.post("/account/delete")
@guarded("account.erase.own")
def delete_account() -> ResponseReturnValue:
    """Delete one's account, for good."""
    form = Form(request.form)
    actor = current_actor()
    with form.refusals():
        if form.value("sure") != "yes":
            message = _("Say that you know what it means.")
            raise INVALID.error(message, errors=[FieldError("/sure", "required", message)])
        erase_person(request_session(), actor, actor.person)
    if not form.valid:
        return _page(form)
    flash(_("Your account is deleted. What you earned is still paid to you."), "good")
    response = make_response(redirect(url_for("work_sign_in.ask"), 303))
    drop_session_cookie(response, WORK)
    return response


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    shown = render_template(
        "work/account.html",
        form=form,
        owed=[one.earned - one.paid for one in queries.owed(session, actor) if one.paid < one.earned],
        waits=bool(what_is_owed(session, actor.person)),
        payable=has_destination(session, actor.person),
        sign_in_as=address_to_step_up(session, actor),
    )
    return shown, 200 if form.valid else 422
