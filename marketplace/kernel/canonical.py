"""Canonical bytes: one value, one byte string, on every machine (RFC 8785)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final

import rfc8785


def canonical_bytes(value: Any) -> bytes:
    """The value as canonical JSON (RFC 8785).

    Takes None, bool, str, int within 53 bits, lists or tuples, and dicts with text keys.
    Raises TypeError for a float and anything JSON has no form for (dates must already
    be text), ValueError for a larger integer and for text that is not valid Unicode.
    """
    # Python's own encoder is some five times as quick and writes the same bytes wherever the order of keys by code
    # point is that by UTF-16 code unit, which is so for ASCII keys; a property test holds the two against each other.
    if _check(value):
        return _ENCODER.encode(value).encode()
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_INTEGER_MAX: Final = 2**53 - 1


def _check(value: Any) -> bool:
    """Refuse what has no canonical form; says whether every key in it is ASCII text."""
    if value is None or value is True or value is False or isinstance(value, str):
        return True
    if isinstance(value, int):
        if not -_INTEGER_MAX <= value <= _INTEGER_MAX:
            raise ValueError(f"{value} is beyond what a JSON number carries exactly; write it as text")
        return True
    if isinstance(value, dict):
        plain = True
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the key {key!r} is no text")  # noqa: TRY004 - JSON's rule, not ours
            plain = _check(member) and key.isascii() and plain
        return plain
    if isinstance(value, list | tuple):
        plain = True
        for member in value:
            plain = _check(member) and plain
        return plain
    raise TypeError(f"no canonical form for a {type(value).__name__}")


def instant(moment: datetime) -> str:
    """A moment as UTC text with microseconds, "2027-01-15T08:00:00.000000Z".

    Raises ValueError for a datetime without a time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day(value: date) -> str:
    """A day as text, "2027-01-15"; raises TypeError for a datetime."""
    if isinstance(value, datetime):
        raise TypeError("a day is a date, not a moment")
    return value.isoformat()
