"""Signing up: as a worker, a client or a subcontractor."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from marketplace.identity.signup import sign_up_organization, sign_up_worker
from marketplace.identity.terms import TERMS_VERSION
from marketplace.identity.values import countries, languages
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.faces import CONSOLE, WORK
from marketplace.web.forms import Form
from marketplace.web.guard import public
from marketplace.web.saying import names_in
from marketplace.web.sign_in import limit

PER_ADDRESS = 5
FREQUENT = frozenset({
    "am", "ar", "bn", "de", "en", "es", "fr", "hi", "id", "ja", "ko", "ms", "my", "ne", "pt", "ru", "sw", "ta", "te",
    "th", "tr", "uk", "ur", "vi", "yo", "zh",
})  # fmt: skip
blueprint = Blueprint("sign_up", __name__, url_prefix="/sign-up")


@blueprint.get("")
@public
def choose() -> ResponseReturnValue:
    """Which kind of account."""
    return render_template("sign_up.html")


@blueprint.get("/<kind>")
@public
def ask(kind: str) -> ResponseReturnValue:
    """The form."""
    return _page(kind, Form())


@blueprint.post("/<kind>")
@public
def send(kind: str) -> ResponseReturnValue:
    """Sign up, then say where the mail went."""
    form = Form(request.form.to_dict())
    with form.refusals():
        limit("sign up", form.value("email"), PER_ADDRESS)
        _sign_up(kind, form)
    if not form.valid:
        return _page(kind, form)
    face = WORK if kind == "worker" else CONSOLE
    return render_template(
        "sign_up_done.html",
        kind=kind,
        email=form.value("email"),
        face=face,
        development=get_context().read_mail is not None,
    )


def _sign_up(kind: str, form: Form) -> None:
    context = get_context()
    terms = TERMS_VERSION if form.value("terms") == TERMS_VERSION else ""
    if kind == "worker":
        sign_up_worker(
            request_session(),
            context.mailer,
            name=form.value("name"),
            email=form.value("email"),
            country=form.value("country"),
            languages=request.form.getlist("languages"),
            adult=form.value("adult") == "yes",
            terms_version=terms,
            public_url=context.settings.public_url,
            language=str(get_locale()),
        )
        return
    sign_up_organization(
        request_session(),
        context.mailer,
        kind=kind,
        organization_name=form.value("organization_name"),
        country=form.value("country"),
        name=form.value("name"),
        email=form.value("email"),
        terms_version=terms,
        public_url=context.settings.public_url,
        language=str(get_locale()),
    )


def _frequent_first(names: Mapping[str, str]) -> dict[str, str]:
    """The languages most people here read, then all others, each by name."""
    return dict(sorted(names.items(), key=lambda pair: (pair[0] not in FREQUENT, pair[1])))


def _page(kind: str, form: Form) -> ResponseReturnValue:
    if kind not in {"worker", "client", "subcontractor"}:
        abort(HTTPStatus.NOT_FOUND)
    page = render_template(
        "sign_up_form.html",
        kind=kind,
        form=form,
        countries=names_in("territories", countries()),
        languages=_frequent_first(names_in("languages", languages())),
        chosen=request.form.getlist("languages"),
        terms_version=TERMS_VERSION,
    )
    return page, HTTPStatus.OK if form.valid else HTTPStatus.UNPROCESSABLE_ENTITY
