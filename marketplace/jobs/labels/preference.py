"""Which of two answers to a prompt is better.

Schema: {"tie": true, "reason": "optional"}; both may be left out: "tie" says whether neither may be
better, "reason" is "none", "optional" or "required". Item: {"prompt", "a", "b"}, three texts.
Answer: {"choice": "a" | "b" | "tie", "reason"?}.
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
    choice_error,
    flag_error,
    shape_errors,
    text_errors,
)
from marketplace.kernel.errors import FieldError

CONTENT_KEYS: Final[frozenset[str]] = frozenset()
CONTENT_PARTS: Final[Mapping[str, str]] = {"prompt": "text", "a": "text", "b": "text"}
REASON_MAX: Final = 4000
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=True, phone=True)
EXAMPLE: Final = Example(
    {"reason": "required"},
    {"prompt": "Why is the sky blue?", "a": "Because air scatters blue light more.", "b": "It mirrors the sea."},
    {"choice": "a", "reason": "B is a common error."},
)

_REASON: Final = ("none", "optional", "required")


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = shape_errors(schema, frozenset(), frozenset({"tie", "reason"}))
    if errors:
        return errors
    errors.extend(flag_error(schema, "tie"))
    errors.extend(choice_error(schema.get("reason", "optional"), "/reason", _REASON))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    reason = schema.get("reason", "optional")
    needed = frozenset({"choice", "reason"} if reason == "required" else {"choice"})
    errors = shape_errors(content, needed, frozenset({"reason"} if reason == "optional" else set()))
    if errors:
        return errors
    errors.extend(choice_error(content["choice"], "/choice", _choices(schema)))
    if "reason" in content:
        errors.extend(text_errors(content["reason"], "/reason", 1, REASON_MAX))
    return errors


def _choices(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return ("a", "b", "tie") if schema.get("tie", True) else ("a", "b")


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    fields = [FormField("choice", "preference", _choices(schema), 1, 1)]
    reason = schema.get("reason", "optional")
    if reason != "none":
        fields.append(FormField("reason", "text", (), 1 if reason == "required" else 0, REASON_MAX))
    return fields
