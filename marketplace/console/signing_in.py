"""Signing in through an organization's identity provider: by the name it signs in by, there, and back."""

import hmac
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.console.blueprint import blueprint
from marketplace.identity import oidc, provider_signin
from marketplace.identity.secrets import digest
from marketplace.identity.signin import ATTEMPTS_MAX
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.web.context import get_context
from marketplace.web.cookies import secure
from marketplace.web.database import request_session, transactions
from marketplace.web.faces import CONSOLE
from marketplace.web.guard import commit_anyway, public
from marketplace.web.passkeys import browser_secret
from marketplace.web.redirects import safe_next
from marketplace.web.sign_in import limit, limit_source, visit_of, welcome

COOKIE = "piecework_provider"
PATH = "/console/sign-in/oidc"
STARTS_PER_NAME = 300
CODES_PER_BROWSER = 20
ENTRIES_PER_ADDRESS = 20


@blueprint.get("/sign-in/oidc")
@public
def provider_ask() -> ResponseReturnValue:
    """Ask for the name by which an organization signs in, and show where it leads before anybody goes."""
    code = request.args.get("name", "").strip().lower()[:40]
    if not code:
        return _ask_page(code)
    try:
        limit("provider name", code, STARTS_PER_NAME)
        provider = provider_signin.provider_named(request_session(), code)
    except DomainError as error:
        return _ask_page(code, error)
    return _ask_page(code, issuer=provider.issuer)


@blueprint.get("/sign-in/oidc/<code>/start")
@public
def provider_start(code: str) -> ResponseReturnValue:
    """Begin in this browser and go to the provider, once somebody saw in it where that is.

    By a link from elsewhere nobody begins: a provider that lets everybody in would else sign a browser in as somebody
    who is not before it.
    """
    if not hmac.compare_digest(_went_on().encode(), request.args.get("go", "").encode("utf-8", "surrogatepass")):
        return redirect(url_for("console.provider_ask", name=code[:40]), HTTPStatus.SEE_OTHER)
    try:
        limit("provider", code[:40], STARTS_PER_NAME)
        settings = get_context().settings
        # In a transaction of its own: none is open while the provider is asked.
        with transactions() as session:
            provider = provider_signin.provider_named(session, code)
            client = provider_signin.client_of(session, provider, settings.public_url)
            provider_id = provider.id
        endpoints = oidc.discover(client.issuer, local=settings.development)
        secret = provider_signin.begin(request_session(), provider_id, safe_next(request.args.get("next"), CONSOLE))
    except DomainError as error:
        return _ask_page(code[:40], error)
    response = redirect(oidc.way_there(endpoints, client, oidc.handles(secret)), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE, secret, max_age=provider_signin.LIFE, path=PATH, httponly=True, samesite="Lax", secure=secure()
    )
    return response


@blueprint.get("/sign-in/oidc/<provider>/back")
@public
def provider_back(provider: str) -> ResponseReturnValue:
    """Take what the provider answered to this browser, and let in whom it proves."""
    settings, secret = get_context().settings, request.cookies.get(COOKIE, "")
    try:
        limit_source("provider answer", STARTS_PER_NAME)
        # In a transaction of its own: an answer is used up before the provider is asked, whatever becomes of it.
        with transactions() as session:
            begun = provider_signin.take_answer(
                session,
                secret,
                parse("identity_provider", provider),
                request.args.get("state", ""),
                settings.public_url,
            )
        proven = oidc.prove(begun.client, request.args.get("code", ""), begun.made, local=settings.development)
        limit(f"provider address {provider[:60]}", proven.email, ENTRIES_PER_ADDRESS)
        entry = provider_signin.finish(
            request_session(), get_context().mailer, begun, proven, secret, visit_of(CONSOLE)
        )
    except DomainError as error:
        return _ask_page("", error)
    if entry.waits_for_code:
        return _code_page()
    return _welcome(entry)


@blueprint.post("/sign-in/oidc/code")
@public
def provider_code() -> ResponseReturnValue:
    """Connect for the first time, with the code from the mail."""
    secret = request.cookies.get(COOKIE, "")
    try:
        limit("provider code", secret, CODES_PER_BROWSER)
        entry = provider_signin.connect(request_session(), secret, request.form.get("code", ""), visit_of(CONSOLE))
    except DomainError as error:
        commit_anyway()  # the attempt counts
        return _code_page(error)
    flash(_("Connected. From now on your organization's sign-in is enough."), "good")
    return _welcome(entry)


def _went_on() -> str:
    """What the page that names the provider puts into its link: of use in this browser alone."""
    return digest(f"provider {browser_secret()}").hex()


def _welcome(entry: provider_signin.Entry) -> Response:
    assert entry.secret is not None
    response = welcome(CONSOLE, entry.secret, entry.following)
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="Lax", secure=secure())
    return response


def _ask_page(code: str, error: DomainError | None = None, issuer: str = "") -> ResponseReturnValue:
    wanted = safe_next(request.args.get("next"), CONSOLE)
    following = None if wanted == CONSOLE.prefix else wanted
    start = url_for("console.provider_start", code=code, go=_went_on(), next=following) if issuer else ""
    page = render_template(
        "console/provider_ask.html", code=code, error=error, issuer=issuer, start=start, following=following
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK


def _code_page(error: DomainError | None = None) -> ResponseReturnValue:
    page = render_template(
        "console/provider_code.html",
        error=error,
        minutes=provider_signin.LIFE.seconds // 60,
        attempts=ATTEMPTS_MAX,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
