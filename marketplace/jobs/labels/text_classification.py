"""A class, or several, for a text.

Schema: {"classes": ["positive", …], "multiple": false, "labels_min": 0, "labels_max": 3}; the
bounds count only with "multiple". Answer: {"label": "positive"}, or with "multiple"
{"labels": ["positive", …]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    CLASSES_MAX,
    NOTHING_KNOWN,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    bound_errors,
    class_errors,
    flag_error,
    shape_errors,
)
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"text"})
MEDIA: Final = ""
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=True, phone=True)
CONTENT_PARTS: Final[Mapping[str, str]] = {}
EXAMPLE: Final = Example({"classes": ["good", "bad"]}, {"text": "Fine weather."}, {"label": "good"})

_SCHEMA_OPTIONAL: Final = frozenset({"multiple", "labels_min", "labels_max"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = shape_errors(schema, frozenset({"classes"}), _SCHEMA_OPTIONAL)
    if errors:
        return errors
    errors.extend(class_errors(schema["classes"]))
    errors.extend(bound_errors(schema, "labels_min", "labels_max", 0, CLASSES_MAX))
    errors.extend(flag_error(schema, "multiple"))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    if schema.get("multiple", False):
        return _labels_errors(schema, content)
    errors = shape_errors(content, frozenset({"label"}))
    if not errors and content["label"] not in schema["classes"]:
        errors.append(FieldError("/label", "class_unknown", say("This is none of the job's classes.")))
    return errors


def _labels_errors(schema: Mapping[str, Any], content: Any) -> list[FieldError]:
    errors = shape_errors(content, frozenset({"labels"}))
    if errors:
        return errors
    labels = content["labels"]
    fewest, most = schema.get("labels_min", 0), schema.get("labels_max", len(schema["classes"]))
    if not isinstance(labels, list) or not fewest <= len(labels) <= most:
        return [
            FieldError(
                "/labels", "label_count", say("A list of %(fewest)s to %(most)s classes.", fewest=fewest, most=most)
            )
        ]
    for index, label in enumerate(labels):
        at = f"/labels/{index}"
        if label not in schema["classes"]:
            errors.append(FieldError(at, "class_unknown", say("This is none of the job's classes.")))
        elif label in labels[:index]:
            errors.append(FieldError(at, "duplicate", say("%(label)s is there twice.", label=repr(label))))
    return errors


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    classes = tuple(schema["classes"])
    if not schema.get("multiple", False):
        return [FormField("label", "choice", classes, 1, 1)]
    return [
        FormField("labels", "choices", classes, schema.get("labels_min", 0), schema.get("labels_max", len(classes)))
    ]
