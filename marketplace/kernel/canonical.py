"""Canonical bytes: one value, one byte string, on every machine (RFC 8785)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import rfc8785


def canonical_bytes(value: Any) -> bytes:
    """The value as canonical JSON (RFC 8785).

    Takes None, bool, str, int within 53 bits, lists or tuples, and dicts with text keys.
    Raises TypeError for a float and anything JSON has no form for (dates must already
    be text), ValueError for a larger integer and for text that is not valid Unicode.
    """
    _refuse_foreign(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise ValueError(str(error)) from error


def _refuse_foreign(value: Any) -> None:
    if value is None or isinstance(value, str | int):
        return
    if isinstance(value, dict):
        for member in value.values():
            _refuse_foreign(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _refuse_foreign(member)
    else:
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
