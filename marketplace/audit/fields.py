"""The types of the fields of audit events: what a body may hold, checked as it is written, and said in JSON Schema.

A field is declared in one line, its type before the colon and what it means after it:

    "amount": "money: moved into the reserve"
    "worker": "person id or null: who did it; null for all"
    "ranges": "list of record: the first ranges, as first and last"
    "job": "job id"

The meaning is left out where name and type say all.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.kernel.ids import BODY_PATTERN, PREFIXES

Check = Callable[[Any], bool]
Schema = dict[str, Any]

_DIGEST: Final = "[0-9a-f]{64}"
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_MOMENT: Final = rf"{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,6}})?Z"
_AMOUNT: Final = r"-?\d+(\.\d+)?"


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type: its words, whether a value is of it, and its JSON Schema."""

    words: str
    check: Check
    schema: Schema


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event's `data`: its type, and what it means."""

    type: FieldType
    meaning: str


def parse_field(declared: str) -> Field:
    """The field that a line declares; raises ValueError for an unknown type, or a colon with nothing after it."""
    words, colon, meaning = declared.partition(":")
    if colon and not meaning.strip():
        raise ValueError(f"{declared!r}: nothing stands after the colon")
    return Field(parse_type(words), meaning.strip())


def parse_type(words: str) -> FieldType:
    """The type of these words, such as "list of text or null"; raises ValueError for unknown ones."""
    parts = [_single(part) for part in words.split(" or ")]
    if len(parts) == 1:
        return parts[0]
    return FieldType(
        words,
        lambda value: any(part.check(value) for part in parts),
        {"anyOf": [part.schema for part in parts]},
    )


def _single(words: str) -> FieldType:
    if words in _PLAIN:
        return FieldType(words, *_PLAIN[words])
    if words.startswith("list of "):
        of = parse_type(words.removeprefix("list of "))
        return FieldType(
            words,
            lambda value: type(value) is list and all(of.check(one) for one in value),
            {"type": "array", "items": of.schema},
        )
    noun = words.removesuffix(" id").replace(" ", "_")
    if words.endswith(" id") and noun in PREFIXES:
        return FieldType(words, *_text(f"{PREFIXES[noun]}_{BODY_PATTERN}"))
    raise ValueError(f"{words!r} is no type of a field")


def _text(pattern: str) -> tuple[Check, Schema]:
    match = re.compile(pattern).fullmatch
    return lambda value: type(value) is str and match(value) is not None, {"type": "string", "pattern": f"^{pattern}$"}


def _is_money(value: Any) -> bool:
    return (
        type(value) is dict
        and value.keys() == {"amount", "currency"}
        and _AMOUNT_IS(value["amount"])
        and type(value["currency"]) is str
    )


_AMOUNT_IS: Final = _text(_AMOUNT)[0]
_PLAIN: Final[Mapping[str, tuple[Check, Schema]]] = {
    "null": (lambda value: value is None, {"type": "null"}),
    "boolean": (lambda value: type(value) is bool, {"type": "boolean"}),
    "whole number": (lambda value: type(value) is int, {"type": "integer"}),
    "text": (lambda value: type(value) is str, {"type": "string"}),
    "decimal": _text(_AMOUNT),
    "id": _text(f"[a-z]+_{BODY_PATTERN}"),
    "digest": _text(_DIGEST),
    "day": _text(_DAY),
    "moment": _text(_MOMENT),
    "money": (
        _is_money,
        {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": f"^{_AMOUNT}$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
    ),
    "commitment": _text(_DIGEST),
    "record": (lambda value: type(value) is dict, {"type": "object"}),
    "list": (lambda value: type(value) is list, {"type": "array"}),
}
MEANINGS: Final[Mapping[str, str]] = {
    "id": "a public id of anything, as below",
    "… id": "a public id, as the API has it: a prefix that says of what, an underscore, 26 characters",
    "text": "a text; codes and states are told in the meaning",
    "whole number": "an integer",
    "boolean": "true or false",
    "decimal": "a number as text, with all its digits",
    "money": '`{"amount": "0.425", "currency": "CNY"}`: the amount as text, with all its digits',
    "day": "YYYY-MM-DD",
    "moment": "YYYY-MM-DDTHH:MM:SS.ffffffZ, in UTC",
    "digest": "SHA-256, 64 hexadecimal digits",
    "commitment": "what was said in this place: SHA-256 of a domain, a salt and the text; `docs/proofs.md` has how to "
    "open it",
    "record": "an object whose keys the meaning tells",
    "list of …": "an array",
}
"""What the words for types mean, for the documents."""
