"""JSON as every face reads it: what PostgreSQL or the canonical form could not hold is refused at the door."""

import json
import math
from typing import Any, Never


def strict_json(raw: bytes) -> Any:
    """Parse JSON in UTF-8 as RFC 8259 has it.

    Raises ValueError for another encoding, NaN and what overflows to infinity, doubled members, NUL and broken Unicode.
    """
    try:
        # Decoded here: json.loads guesses among encodings, and lets bytes of lone surrogates through.
        text = raw.decode()
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_members_once)
        if "\\u" in text:
            _refuse_unstorable(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
        if "\x00" in value:
            raise ValueError("text with a NUL character")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable(member)
