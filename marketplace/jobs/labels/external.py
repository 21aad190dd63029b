"""A tool of the client's own, shown in a frame, which says the answer.

Schema: {"url": "https://tool.example.org/label", "answer": {…}, "height": 600}; "url" is the https address of the
tool, "answer" a JSON Schema (draft 2020-12) of what it may say, with the keywords type, properties, required,
additionalProperties, items, enum, const, minimum, maximum, minLength, maxLength, minItems, maxItems, title and
description alone; "height" is the frame's, in pixels, and may be left out. Answer: {"data": {…}}: whole numbers,
texts, true, false, null, lists and objects. This is the one kind that cannot be finished without script: a worker reads
so before claiming. What the keyboard can do within the frame is up to the tool; past it, it does all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from marketplace.jobs.labels.kind import (
    NOTHING_KNOWN,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    escape,
    is_whole,
    shape_errors,
)
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"text"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=False, without_hearing=False, without_sight=False, phone=False)
ADDRESS_MAX: Final = 1000
DEPTH_MAX: Final = 12
NODES_MAX: Final = 10_000
ERRORS_MAX: Final = 50
WHOLE_MAX: Final = 2**53 - 1
HEIGHT_USUAL: Final = 600
EXAMPLE: Final = Example(
    {
        "url": "https://tool.example.org/label",
        "answer": {
            "type": "object",
            "properties": {"stars": {"type": "integer", "minimum": 1, "maximum": 5}},
            "required": ["stars"],
            "additionalProperties": False,
        },
    },
    {"text": "Fine weather."},
    {"data": {"stars": 4}},
)

_KEYWORDS: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum",
     "minLength", "maxLength", "minItems", "maxItems", "title", "description"}
)  # fmt: skip


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = shape_errors(schema, frozenset({"url", "answer"}), frozenset({"height"}))
    if errors:
        return errors
    if not _is_tool(schema["url"]):
        errors.append(FieldError("/url", "url_refused", f"An https address of at most {ADDRESS_MAX} characters."))
    if not is_whole(schema.get("height", HEIGHT_USUAL), 100, 2000):
        errors.append(FieldError("/height", "out_of_range", "A whole number from 100 to 2000."))
    unfit = list(_unfit(schema["answer"], "/answer"))
    return errors + (unfit or list(_keyword_errors(schema["answer"])))


def _is_tool(url: Any) -> bool:
    if not isinstance(url, str) or len(url) > ADDRESS_MAX or not url.isascii() or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        # A semicolon or a blank would end the address in the page's policy, and let others in.
        return parts.scheme == "https" and bool(parts.hostname) and not set(parts.netloc) & set(" ;,'\"@*")
    except ValueError:
        return False


def origin_of(schema: Mapping[str, Any]) -> str:
    """The one origin that the page lets into its frame."""
    return f"https://{urlsplit(schema['url']).netloc}"


def _unfit(value: Any, at: str, depth: int = 0, left: list[int] | None = None) -> Iterator[FieldError]:
    """The first thing that has no canonical form or is beyond all bounds."""
    left = [NODES_MAX] if left is None else left
    left[0] -= 1
    if depth > DEPTH_MAX or left[0] < 0:
        yield FieldError(
            at,
            "too_deep",
            say("At most %(deep)s levels deep, and %(most)s values.", deep=DEPTH_MAX, most=NODES_MAX),
        )
    elif isinstance(value, str):
        if "\x00" in value or any("\ud800" <= one <= "\udfff" for one in value):
            yield FieldError(at, "text_invalid", say("The text is not valid Unicode, or holds the character NUL."))
    elif isinstance(value, dict):
        for key, member in value.items():
            found = next(_unfit(str(key), at, depth + 1, left), None) or next(
                _unfit(member, f"{at}/{escape(str(key))}", depth + 1, left), None
            )
            if found is not None:
                yield found
                return
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found = next(_unfit(member, f"{at}/{index}", depth + 1, left), None)
            if found is not None:
                yield found
                return
    elif value is not None and not isinstance(value, bool) and not is_whole(value, -WHOLE_MAX, WHOLE_MAX):
        yield FieldError(at, "not_whole", say("Numbers are whole and within 53 bits."))


def _keyword_errors(schema: Any, at: str = "/answer") -> Iterator[FieldError]:
    if not isinstance(schema, dict):
        yield FieldError(at, "not_an_object", "This must be a JSON Schema, as an object.")
        return
    for key in sorted(schema.keys() - _KEYWORDS):
        yield FieldError(f"{at}/{escape(key)}", "keyword_unsupported", "This keyword is not among those that are read.")
    if at == "/answer":
        if schema.get("type") != "object":
            yield FieldError("/answer/type", "not_an_object", 'The answer is an object: say "type": "object".')
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            path = "".join(f"/{escape(str(step))}" for step in error.absolute_path)
            yield FieldError(f"/answer{path}", "schema_invalid", error.message[:300])
            return
    for name, inner in schema.get("properties", {}).items():
        yield from _keyword_errors(inner, f"{at}/properties/{escape(name)}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _keyword_errors(schema[name], f"{at}/{name}")


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    errors = shape_errors(content, frozenset({"data"})) or list(_unfit(content["data"], "/data"))
    if errors:
        return errors
    for number, error in enumerate(Draft202012Validator(schema["answer"]).iter_errors(content["data"])):
        if number == ERRORS_MAX:
            break
        path = "".join(f"/{escape(str(step))}" for step in error.absolute_path)
        # What exactly is wrong, the library says in English only.
        message = say("What the tool said does not fit the client's schema: %(problem)s", problem=error.message[:300])
        errors.append(FieldError(f"/data{path}", "schema_broken", message))
    return errors


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The one field that the tool fills in."""
    return [FormField("data", "external", (), 1, 1)]
