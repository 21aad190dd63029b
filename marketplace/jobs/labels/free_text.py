"""A text written by the worker, about a prompt or a text.

Schema: {"length_min": 1, "length_max": 10000}; both may be left out; in Unicode code points. Answer: {"text"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    NOTHING_KNOWN,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    bound_errors,
    shape_errors,
    text_errors,
)
from marketplace.kernel.errors import FieldError

CONTENT_KEYS: Final = frozenset({"prompt", "text"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
LENGTH_MAX: Final = 50_000
LENGTH_USUAL: Final = 10_000
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=True, phone=True)
EXAMPLE: Final = Example(
    {"length_min": 20, "length_max": 2000},
    {"prompt": "Describe how to make tea, for somebody who has never made any."},
    {"text": "Boil water, pour it on the leaves, wait four minutes, and take the leaves out."},
)


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = shape_errors(schema, frozenset(), frozenset({"length_min", "length_max"}))
    if not errors:
        errors.extend(bound_errors(schema, "length_min", "length_max", 1, LENGTH_MAX))
    if not errors and bounds(schema)[0] > bounds(schema)[1]:
        errors.append(FieldError("/length_min", "out_of_range", f"More than the usual {LENGTH_USUAL}; set length_max."))
    return errors


def bounds(schema: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the greatest number of characters."""
    return schema.get("length_min", 1), schema.get("length_max", LENGTH_USUAL)


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    errors = shape_errors(content, frozenset({"text"}))
    if not errors:
        errors.extend(text_errors(content["text"], "/text", *bounds(schema)))
    return errors


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [FormField("text", "text", (), *bounds(schema))]
