"""Reading what people say of themselves: addresses, names, countries, languages."""

import re
from collections.abc import Sequence
from functools import cache

from babel import Locale

from marketplace.identity.errors import EMAIL_INVALID
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.texts import Coded, say

NAME_LENGTH_MAX = 120
EMAIL_LENGTH_MAX = 254
LANGUAGES_MAX = 20
_EMAIL = re.compile(r"[^\s@<>\"',;:\\\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")


def read_email(text: str, pointer: str = "/email") -> str:
    """The address in lower case; raises email_invalid."""
    email = text.strip().lower()
    if len(email) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(email) or ".." in email:
        message = say("This is not an e-mail address.")
        raise EMAIL_INVALID.error(message, errors=[FieldError(pointer, "email_invalid", message)])
    return email


def read_name(text: str, pointer: str = "/name") -> str:
    """The name with single spaces; raises invalid when empty, too long or with control characters."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        message = say("A name has 1 to %(most)s characters.", most=NAME_LENGTH_MAX)
        raise INVALID.error(message, errors=[FieldError(pointer, "name_invalid", message)])
    return name


@cache
def countries() -> dict[str, str]:
    """ISO 3166 code -> English name, by name."""
    names = Locale("en").territories
    known = {code: str(name) for code, name in names.items() if re.fullmatch("[A-Z]{2}", code)}
    for group in ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"):
        known.pop(group, None)
    return dict(sorted(known.items(), key=lambda pair: pair[1]))


@cache
def languages() -> dict[str, str]:
    """Language code -> English name, by name; those with a two-letter code."""
    names = Locale("en").languages
    known = {code: str(name) for code, name in names.items() if re.fullmatch("[a-z]{2}", code)}
    return dict(sorted(known.items(), key=lambda pair: pair[1]))


def country(code: str) -> Coded:
    """A country by its code, for a text; an unknown code stands for itself."""
    return Coded("territories", code, countries().get(code, code))


def language(code: str) -> Coded:
    """A language by its code, for a text; an unknown code stands for itself."""
    return Coded("languages", code, languages().get(code, code))


def read_country(text: str, pointer: str = "/country") -> str:
    """The ISO 3166 code; raises invalid for an unknown one."""
    code = text.strip().upper()
    if code not in countries():
        message = say("Choose a country, by its two-letter code.")
        raise INVALID.error(message, errors=[FieldError(pointer, "country_unknown", message)])
    return code


def read_languages(codes: Sequence[str], pointer: str = "/languages") -> list[str]:
    """Language codes without doubles, at least one; raises invalid for an unknown one."""
    chosen = list(dict.fromkeys(code.strip().lower() for code in codes if code.strip()))
    unknown = [code for code in chosen if code not in languages()]
    if not chosen or unknown or len(chosen) > LANGUAGES_MAX:
        message = say("Choose 1 to %(most)s languages.", most=LANGUAGES_MAX)
        raise INVALID.error(message, errors=[FieldError(pointer, "languages_invalid", message)])
    return chosen
