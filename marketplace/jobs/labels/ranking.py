"""Answers to a prompt, put in order.

Schema: {}. Item: {"prompt", "options": {key: text, …}}, of two to twenty options. Answer:
{"order": [key, …]}, the best first, each of the item's options once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import NOTHING_KNOWN, Accessibility, Example, FormField, ItemMeta, shape_errors
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final[frozenset[str]] = frozenset()
CONTENT_PARTS: Final[Mapping[str, str]] = {"prompt": "text", "options": "texts"}
OPTIONS_MAX: Final = 20
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=True, phone=True)
EXAMPLE: Final = Example(
    {},
    {
        "prompt": "Name a river of Kenya.",
        "options": {"m1": "The Tana.", "m2": "The Nile.", "m3": "The Tana, which rises in the Aberdare Range."},
    },
    {"order": ["m3", "m1", "m2"]},
)


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    return shape_errors(schema, frozenset())


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    errors = shape_errors(content, frozenset({"order"}))
    if errors:
        return errors
    order, options = content["order"], _options(item)
    if not isinstance(order, list) or len(order) > OPTIONS_MAX or not all(isinstance(key, str) for key in order):
        return [FieldError("/order", "not_an_order", say("A list of the keys of the item's options, the best first."))]
    for index, key in enumerate(order):
        if options is not None and key not in options:
            errors.append(FieldError(f"/order/{index}", "option_unknown", say("This is none of the item's options.")))
        elif key in order[:index]:
            errors.append(FieldError(f"/order/{index}", "duplicate", say("%(key)s is there twice.", key=repr(key))))
    missing = [key for key in options or () if key not in order]
    if missing:
        words = say("Each option has one place of its own; still without one: %(known)s.", known=tuple(missing))
        errors.append(FieldError("/order", "option_missing", words))
    return errors


def _options(item: ItemMeta) -> tuple[str, ...] | None:
    return None if item.content is None else tuple(item.content["options"])


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    options = _options(item) or ()
    return [FormField("order", "order", options, len(options), len(options))]
