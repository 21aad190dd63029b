"""Spans of a text: the words that are a name, a place, and so on.

Schema: {"classes": ["person", …], "spans_min": 0, "spans_max": 100, "overlap": false}; all but the
classes may be left out. Answer: {"spans": [{"label", "start", "end"}, …]}: offsets into the item's
text, counted in Unicode code points from 0, the end not included. Spans overlap only where the
schema says so; the same span is never there twice with one label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    NOTHING_KNOWN,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    Marks,
    flag_error,
    is_whole,
    label_error,
    shape_errors,
)
from marketplace.jobs.labels.ranges import crossing
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"text"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
TEXT_MAX: Final = 100_000
MARKS: Final = Marks("spans", "span", 500)
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=True, phone=True)
EXAMPLE: Final = Example(
    {"classes": ["person", "place"]},
    {"text": "Ada went to Paris."},
    {"spans": [{"label": "person", "start": 0, "end": 3}, {"label": "place", "start": 12, "end": 17}]},
)

_SPAN: Final = frozenset({"label", "start", "end"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = MARKS.schema_errors(schema, frozenset({"overlap"}))
    if isinstance(schema, dict):
        errors.extend(flag_error(schema, "overlap"))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    text = None if item.content is None else item.content.get("text")
    errors = MARKS.answer_errors(schema, content, lambda span: _span_errors(schema, span, text))
    if not errors:
        spans = [(span["start"], span["end"], span["label"]) for span in content["spans"]]
        errors.extend(crossing(spans, "spans", "text", overlap=schema.get("overlap", False)))
    return errors


def _span_errors(schema: Mapping[str, Any], span: Any, text: str | None) -> Iterator[FieldError]:
    errors = shape_errors(span, _SPAN)
    if errors:
        yield from errors
        return
    yield from label_error(schema, span["label"])
    start, end = span["start"], span["end"]
    longest = TEXT_MAX if text is None else len(text)
    if not is_whole(start, 0, TEXT_MAX):
        yield FieldError("/start", "out_of_range", say("A whole number of characters, not negative."))
    elif not is_whole(end, start + 1, TEXT_MAX):
        yield FieldError("/end", "out_of_range", say("A span ends after its start."))
    elif end > longest:
        yield FieldError(
            "/end", "outside_text", say("The span ends beyond the text's %(longest)s characters.", longest=longest)
        )
    elif text is not None and not text[start:end].strip():
        yield FieldError("/start", "span_blank", say("The span holds nothing but blanks."))


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [MARKS.field(schema)]
