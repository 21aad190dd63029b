"""What marshmallow finds wrong, as field errors with JSON pointers and stable codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self

from marshmallow import fields

from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.web.malformed import QUERY_INVALID


class Coded(str):
    """A validation message that carries its stable code."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, message: str) -> Self:
        """A message for people with a word for programs."""
        text = super().__new__(cls, message)
        text.code = code
        return text


def nested(errors: Sequence[FieldError]) -> dict[Any, Any]:
    """Field errors of a value as marshmallow nests them, each message with its code."""
    tree: dict[Any, Any] = {}
    for error in errors:
        steps = [int(step) if step.isdecimal() else step for step in error.pointer.split("/")[1:]] or ["_schema"]
        node = tree
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node.setdefault(steps[-1], []).append(Coded(error.code, error.message))
    return tree


def flatten(messages: Any, pointer: str = "") -> Iterator[FieldError]:
    """Marshmallow's nested messages as field errors with JSON pointers (RFC 6901)."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from flatten(inner, pointer if key == "_schema" else f"{pointer}/{step}")
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from flatten(message, pointer)
    else:
        code = messages.code if isinstance(messages, Coded) else _code(str(messages))
        yield FieldError(pointer, code, str(messages))


def refusal(messages: Mapping[str, Any]) -> DomainError:
    """Webargs' `{location: {field: [...]}}` as a refusal: 400 for the query, 422 for the body."""
    if "query" in messages:
        found = list(flatten(messages["query"]))
        detail = "; ".join(f"{error.pointer.lstrip('/')}: {error.message}" for error in found)
        return QUERY_INVALID.error(detail, errors=found)
    found = [error for inner in messages.values() for error in flatten(inner)]
    detail = "One field breaks a rule." if len(found) == 1 else f"{len(found)} fields break a rule."
    return INVALID.error(detail, errors=found)


def _known_messages() -> dict[str, str]:
    known = {"Unknown field.": "unknown_field", "Invalid input type.": "type"}
    for field in (fields.Field, fields.String, fields.Integer, fields.Boolean, fields.List, fields.Dict, fields.Nested):
        for code, message in getattr(field, "default_error_messages", {}).items():
            known.setdefault(message, "type" if code == "invalid" else code)
    return known


_CODES: Final = _known_messages()
_PATTERNS: Final = (
    (re.compile(r"^Must be one of"), "unknown_choice"),
    (re.compile(r"^Must be (greater|less|equal)"), "out_of_range"),
    (re.compile(r"^(Shorter|Longer) than|^Length must"), "length"),
    (re.compile(r"^Not a valid"), "type"),
)


def _code(message: str) -> str:
    if message in _CODES:
        return _CODES[message]
    return next((code for pattern, code in _PATTERNS if pattern.search(message)), "invalid")
