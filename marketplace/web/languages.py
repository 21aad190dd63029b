"""In which language a page is shown: what was chosen on this device, else what the browser asks for, else English.

The console, the documentation of the APIs and the pages of development are in English.
"""

from functools import cached_property
from http import HTTPStatus
from typing import Final

from babel.support import NullTranslations
from flask import Blueprint, Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale

from marketplace.identity.signin import keep_language
from marketplace.web.auth import find_actor
from marketplace.web.cookies import secure
from marketplace.web.database import request_session
from marketplace.web.faces import WORK, face_of
from marketplace.web.guard import public
from marketplace.web.looking import look_of_request
from marketplace.web.redirects import safe_path
from marketplace.web.translations import LANGUAGES, TRANSLATED, catalog

COOKIE: Final = "piecework_language"
COOKIE_SECONDS: Final = 400 * 86_400
IN_ENGLISH: Final = ("/console", "/docs", "/development")
_ASKED: Final = {
    "en": "en",
    "zh": "zh_Hans",
    "zh-Hans": "zh_Hans",
    "zh-CN": "zh_Hans",
    "zh-SG": "zh_Hans",
    "sw": "sw",
    "hi": "hi",
    "ar": "ar",
}
"""What browsers call the languages."""

blueprint = Blueprint("languages", __name__)


class _Catalogs(Domain):  # type: ignore[misc]
    """The catalogs as `translations` reads them."""

    def get_translations(self) -> NullTranslations:
        language = str(get_locale())
        return catalog(language) if language in TRANSLATED else NullTranslations()


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> Domain:
        return _Catalogs()


babel = _Babel()


def _choose() -> str:
    if request.path.startswith(IN_ENGLISH):
        return "en"
    look = look_of_request()
    if look is not None:
        return look.language
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return _ASKED[request.accept_languages.best_match(list(_ASKED), default="en") or "en"]


@blueprint.get("/language/<language>")
@blueprint.get(f"{WORK.prefix}/language/<language>", endpoint="choose_at_work")
@public
def choose(language: str) -> ResponseReturnValue:
    """Keep the choice on this device, and for the mails of who is signed in to work; go on where one was."""
    if language not in LANGUAGES:
        abort(HTTPStatus.NOT_FOUND)
    # Browsers say who is signed in to work at its own addresses only.
    actor = find_actor() if face_of(request.path) is WORK else None
    if actor is not None:
        keep_language(request_session(), actor.person, language)
    response = redirect(safe_path(request.args.get("next")), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE, language, max_age=COOKIE_SECONDS, path="/", httponly=True, samesite="Lax", secure=secure()
    )
    return response


def register(app: Flask) -> None:
    """Set the extension up; texts go through `_()` from the first page on."""
    babel.init_app(app, default_locale="en", default_timezone="UTC", locale_selector=_choose)
    app.register_blueprint(blueprint)

    @app.context_processor
    def values() -> dict[str, object]:
        if request.path.startswith(IN_ENGLISH) or look_of_request() is not None:
            return {"page_languages": {}}
        at_work = face_of(request.path) is WORK
        return {
            "page_languages": {code: (code.replace("_", "-"), name) for code, name in LANGUAGES.items()},
            "choose_language": f"languages.{'choose_at_work' if at_work else 'choose'}",
        }

    @app.after_request
    def vary(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.vary.update(("Accept-Language", "Cookie"))
        return response
