"""The open pages: what this is, the terms, and in development the mail that was sent."""

from http import HTTPStatus

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from marketplace.identity.terms import TERMS_VERSION
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public

MAILS_SHOWN = 100
blueprint = Blueprint(
    "web", "marketplace.web", static_folder="static", static_url_path="/static", template_folder="templates"
)


@blueprint.get("/")
@public
def landing() -> ResponseReturnValue:
    """What Piecework is, and the three doors."""
    return render_template("landing.html", development=get_context().read_mail is not None)


@blueprint.get("/terms")
@public
def terms() -> ResponseReturnValue:
    """What one accepts by signing up."""
    return render_template("terms.html", version=TERMS_VERSION)


@blueprint.get("/development/mail")
@public
def mail() -> ResponseReturnValue:
    """The mails of the development mailbox, newest first; elsewhere this page does not exist."""
    read = get_context().read_mail
    if read is None or not get_context().settings.development:
        abort(HTTPStatus.NOT_FOUND)
    return render_template("mail.html", messages=read(request_session(), MAILS_SHOWN))
