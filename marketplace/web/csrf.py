"""Forged requests: every form of the pages carries a token that only our own pages can read.

Without a time limit: an hour's limit loses what workers wrote. The APIs are known by a header, never by a cookie, so
nothing can be forged there.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from marketplace.web.faces import face_of
from marketplace.web.looking import has_own_token, look_of_request

csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Check the token of every changing request to a page."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_SSL_STRICT"] = True
    csrf.init_app(app)
    app.jinja_env.globals["csrf_token"] = form_token
    app.context_processor(lambda: {"csrf_token": form_token})

    @app.before_request
    def check() -> None:
        changes = request.method not in {"GET", "HEAD", "OPTIONS", "TRACE"}
        if changes and not face_of(request.path).json and not has_own_token():
            csrf.protect()


def form_token() -> str:
    """The token of a form; "" on the pages of somebody else, of which nothing can be sent, now or later."""
    return "" if look_of_request() is not None else generate_csrf()
