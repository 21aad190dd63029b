"""Signing in at a face: ask by address, then a mailed link (GET shows a button, POST consumes it) or code."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from marketplace.identity import passkeys, signin
from marketplace.identity.devices import Visit
from marketplace.identity.limiting import count_request
from marketplace.kernel.errors import DomainError
from marketplace.web.auth import find_actor
from marketplace.web.context import get_context
from marketplace.web.cookies import drop_session_cookie, set_session_cookie
from marketplace.web.database import request_session, transactions
from marketplace.web.faces import Face
from marketplace.web.guard import commit_anyway, public
from marketplace.web.passkeys import browser_secret, forget_browser, site
from marketplace.web.redirects import safe_next

WINDOW_SECONDS = 900
REQUESTS_PER_ADDRESS = 5
CODES_PER_ADDRESS = 20
REQUESTS_PER_SOURCE = 60
CHALLENGES_PER_SOURCE = 600


def limit(purpose: str, address: str, per_address: int) -> None:
    """Count a request from this source and for this address, each in a transaction of its own. Raises rate_limited.

    A source that asked too often uses nothing up of what others may ask for the address.
    """
    limit_source(purpose, REQUESTS_PER_SOURCE)
    _count(f"{purpose} address {address.strip().lower()}", per_address)


def limit_source(purpose: str, most: int) -> None:
    """Count a request from this source alone. Raises rate_limited."""
    _count(f"{purpose} source {request.remote_addr}", most)


def _count(key: str, most: int) -> None:
    """The counts lie in the database, so that they hold for all web processes and survive a refused request."""
    with transactions() as session:
        refused = None
        try:
            count_request(session, key, most=most, seconds=WINDOW_SECONDS)
        except DomainError as error:
            refused = error
    if refused is not None:
        raise refused


def make_sign_in(face: Face) -> Blueprint:
    """The sign-in pages of one face, as the blueprint "<face>_sign_in"."""
    blueprint = Blueprint(f"{face.name}_sign_in", __name__, url_prefix=face.prefix)

    @blueprint.get("/sign-in")
    @public
    def ask() -> ResponseReturnValue:
        if find_actor() is not None:
            return redirect(safe_next(request.args.get("next"), face), HTTPStatus.SEE_OTHER)
        return _form(face)

    @blueprint.post("/sign-in")
    @public
    def send() -> ResponseReturnValue:
        email = request.form.get("email", "")
        try:
            limit("sign in", email, REQUESTS_PER_ADDRESS)
            context = get_context()
            url, language = context.settings.public_url, str(get_locale())
            signin.request_sign_in(request_session(), context.mailer, email, face.name, url, language=language)
        except DomainError as error:
            return _form(face, error, email)
        return _code_form(face, email)

    @blueprint.post("/sign-in/code")
    @public
    def use_code() -> ResponseReturnValue:
        email, code = request.form.get("email", ""), request.form.get("code", "")
        try:
            limit("code", email, CODES_PER_ADDRESS)
            _row, secret = signin.consume(
                request_session(),
                face.name,
                email=email,
                code=code,
                language=str(get_locale()),
                visit=visit_of(face),
            )
        except DomainError as error:
            commit_anyway()  # the attempt counts
            return _code_form(face, email, error)
        return welcome(face, secret, safe_next(request.form.get("next"), face))

    @blueprint.get("/sign-in/<token>")
    @public
    def show_link(token: str) -> ResponseReturnValue:
        # Mail programs open links to look at them: looking must not use the link up.
        return render_template("sign_in_link.html", face=face, token=token, following=_following(face))

    @blueprint.post("/sign-in/<token>")
    @public
    def use_link(token: str) -> ResponseReturnValue:
        try:
            _row, secret = signin.consume(
                request_session(), face.name, token=token, language=str(get_locale()), visit=visit_of(face)
            )
        except DomainError as error:
            return _form(face, error)
        return welcome(face, secret, safe_next(request.form.get("next"), face))

    @blueprint.post("/sign-out")
    @public
    def sign_out() -> ResponseReturnValue:
        signin.sign_out(request_session(), request.cookies.get(face.cookie or "", ""))
        response = make_response(redirect(url_for(f"{face.name}_sign_in.ask"), HTTPStatus.SEE_OTHER))
        drop_session_cookie(response, face)
        return response

    _add_passkeys(blueprint, face)
    return blueprint


def _add_passkeys(blueprint: Blueprint, face: Face) -> None:
    @blueprint.post("/sign-in/passkey/options")
    @public
    def ask_passkey() -> ResponseReturnValue:
        limit_source("passkey options", CHALLENGES_PER_SOURCE)
        actor = find_actor()
        return jsonify(
            passkeys.ask_to_sign_in(
                request_session(), site(), face.name, browser_secret(), None if actor is None else actor.person
            )
        )

    @blueprint.post("/sign-in/passkey")
    @public
    def use_passkey() -> ResponseReturnValue:
        try:
            limit_source("passkey", REQUESTS_PER_SOURCE)
            _row, secret = passkeys.sign_in(
                request_session(),
                site(),
                face.name,
                browser_secret(),
                request.form.get("answer", ""),
                language=str(get_locale()),
                visit=visit_of(face),
            )
        except DomainError as error:
            commit_anyway()  # the challenge is used up, and a count that went back is in the log
            return _form(face, error)
        return welcome(face, secret, safe_next(request.form.get("next"), face))


def visit_of(face: Face) -> Visit:
    """Who comes to sign in at that face: the browser, and the session it had."""
    return Visit(request.user_agent.string, request.cookies.get(face.cookie or "", ""))


def welcome(face: Face, secret: str, following: str) -> Response:
    """Let the browser in with the secret of its new session, and on to where it wanted to go."""
    forget_browser()
    response = make_response(redirect(following, HTTPStatus.SEE_OTHER))
    set_session_cookie(response, face, secret)
    return response


def _following(face: Face) -> str:
    """Where to go afterwards, "" for the face's home."""
    wanted = safe_next(request.values.get("next"), face)
    return "" if wanted == face.prefix else wanted


def _form(face: Face, error: DomainError | None = None, email: str = "") -> ResponseReturnValue:
    page = render_template("sign_in.html", face=face, error=error, email=email, following=_following(face))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK


def _code_form(face: Face, email: str, error: DomainError | None = None) -> ResponseReturnValue:
    page = render_template(
        "sign_in_code.html",
        face=face,
        error=error,
        email=email,
        following=_following(face),
        minutes=signin.TOKEN_LIFE.seconds // 60,
        attempts=signin.ATTEMPTS_MAX,
        development=get_context().read_mail is not None,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
