"""Answering an invitation to an organization: the mailed link shows what is offered, two buttons answer it."""

from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.identity import answering
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.kernel.errors import DomainError
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import public

blueprint = Blueprint("invitation", __name__, url_prefix="/sign-up/invitation")


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Who invites, to what. Mail programs open links to look at them: looking answers nothing."""
    return _page(token, Form())


@blueprint.post("/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """Accept or decline; without a clear word nothing happens."""
    form = Form(request.form.to_dict())
    decision = form.value("decision")
    if decision not in {"accept", "decline"}:
        return _page(token, form)
    organization = None
    with form.refusals():
        organization = answering.open_invitation(request_session(), token).organization
        if decision == "accept":
            answering.accept(request_session(), token, name=form.value("name"))
        else:
            answering.decline(request_session(), token)
    if not form.valid:
        return _page(token, form)
    return render_template("invitation_done.html", accepted=decision == "accept", organization=organization)


def _page(token: str, form: Form) -> ResponseReturnValue:
    try:
        opened = answering.open_invitation(request_session(), token)
    except DomainError as error:
        return render_template("invitation.html", opened=None, form=Form(error=error)), HTTPStatus.UNPROCESSABLE_ENTITY
    page = render_template(
        "invitation.html", opened=opened, token=token, role=ROLE_NAMES[opened.invitation.role], form=form
    )
    return page, HTTPStatus.OK if form.valid else HTTPStatus.UNPROCESSABLE_ENTITY
