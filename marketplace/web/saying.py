"""Texts of the core in the language of a page or a mail: templates translated, values as the language has them."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import get_decimal_symbol, get_group_symbol
from flask_babel import get_locale

from marketplace.kernel.money import Money
from marketplace.kernel.texts import Coded, Text
from marketplace.web.translations import TRANSLATED, catalog


def said(text: Any) -> Any:
    """A text of the core in the language of the page; whatever else it is stays as it is."""
    return said_in(text, get_locale()) if isinstance(text, Text) else text


def said_in(text: Text, locale: Locale) -> str:
    """A text of the core in a language."""
    language = str(locale)
    template = str(catalog(language).ugettext(text.template)) if language in TRANSLATED else text.template
    shown = {name: _shown(value, locale) for name, value in text.values.items()}
    return template % shown if shown else template


def _shown(value: Any, locale: Locale) -> str:
    if isinstance(value, Text):
        return said_in(value, locale)
    if isinstance(value, Coded):
        return str(getattr(locale, value.kind).get(value.code, value.english))
    if isinstance(value, tuple):
        return ", ".join(_shown(one, locale) for one in value)
    if isinstance(value, Money):
        return f"{grouped_in(value.text(), locale)} {value.currency}"
    if isinstance(value, dt.datetime):
        return f"{moment_text(value, locale)} UTC"
    if isinstance(value, dt.date):
        return day_text(value, locale)
    return grouped_in(value, locale) if isinstance(value, int) else str(value)


def names_in(kind: Literal["territories", "languages"], english: Mapping[str, str]) -> dict[str, str]:
    """Code -> name in the language of the page, by name: of these countries or languages."""
    known = getattr(get_locale(), kind)
    return dict(
        sorted(((code, str(known.get(code, name))) for code, name in english.items()), key=lambda pair: pair[1])
    )


def grouped_in(number: Decimal | int | str, locale: Locale) -> str:
    """Every digit there is, with the locale's signs; "1,000.045"."""
    text = str(number)
    sign, text = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, _point, fraction = text.partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    shown = get_group_symbol(locale).join([whole, *groups])
    return f"{sign}{shown}{get_decimal_symbol(locale)}{fraction}" if fraction else f"{sign}{shown}"


def day_text(value: dt.date, locale: Locale) -> str:
    """A day, "31 Jul 2027"."""
    return format_date(value, "d MMM y", locale=locale)


def moment_text(value: dt.datetime, locale: Locale) -> str:
    """A moment in UTC to the minute, without saying that it is UTC."""
    return format_datetime(value.astimezone(dt.UTC), "d MMM y, HH:mm", tzinfo=dt.UTC, locale=locale)
