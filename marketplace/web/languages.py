"""In which language a page is shown: the best of those there are translations for, English otherwise."""

from flask import Flask, request
from flask_babel import Babel

babel = Babel()


def _choose() -> str:
    known = sorted({str(locale) for locale in babel.list_translations()} | {"en"})
    return request.accept_languages.best_match(known, default="en") or "en"


def register(app: Flask) -> None:
    """Set the extension up; texts go through `_()` from the first page on."""
    babel.init_app(app, default_locale="en", default_timezone="UTC", locale_selector=_choose)
