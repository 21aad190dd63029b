"""Boxes on an image.

Schema: {"classes": ["car", …], "boxes_min": 0, "boxes_max": 200, "side_min": 1}; the last
three may be left out. Answer: {"boxes": [{"label", "x", "y", "width", "height"}, …]}, whole
pixels from the top left corner of the image as it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    Accessibility,
    FormField,
    ItemMeta,
    bound_errors,
    class_errors,
    is_whole,
    shape_errors,
)
from marketplace.kernel.errors import FieldError

CONTENT_KEYS: Final = frozenset({"media", "url"})
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=False, phone=False)
BOXES_MAX: Final = 1000
PIXELS_MAX: Final = 1_000_000

_SCHEMA_OPTIONAL: Final = frozenset({"boxes_min", "boxes_max", "side_min"})
_BOX: Final = frozenset({"label", "x", "y", "width", "height"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = shape_errors(schema, frozenset({"classes"}), _SCHEMA_OPTIONAL)
    if errors:
        return errors
    errors.extend(class_errors(schema["classes"]))
    errors.extend(bound_errors(schema, "boxes_min", "boxes_max", 0, BOXES_MAX))
    if not is_whole(schema.get("side_min", 1), 1, 1000):
        errors.append(FieldError("/side_min", "out_of_range", "A whole number from 1 to 1000."))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    errors = shape_errors(content, frozenset({"boxes"}))
    if errors:
        return errors
    boxes = content["boxes"]
    fewest, most = schema.get("boxes_min", 0), schema.get("boxes_max", BOXES_MAX)
    if not isinstance(boxes, list) or not fewest <= len(boxes) <= most:
        return [FieldError("/boxes", "box_count", f"A list of {fewest} to {most} boxes.")]
    for index, box in enumerate(boxes):
        errors.extend(
            FieldError(f"/boxes/{index}{error.pointer}", error.code, error.message)
            for error in _box_errors(schema, box, item)
        )
    return errors


def _box_errors(schema: Mapping[str, Any], box: Any, item: ItemMeta) -> Iterator[FieldError]:
    errors = shape_errors(box, _BOX)
    if errors:
        yield from errors
        return
    if box["label"] not in schema["classes"]:
        yield FieldError("/label", "class_unknown", "This is none of the job's classes.")
    shortest = schema.get("side_min", 1)
    for start, length, size in (("x", "width", item.width), ("y", "height", item.height)):
        longest = PIXELS_MAX if size is None else size
        if not is_whole(box[start], 0, PIXELS_MAX):
            yield FieldError(f"/{start}", "out_of_range", "Whole pixels, not negative.")
        elif not is_whole(box[length], shortest, PIXELS_MAX):
            yield FieldError(f"/{length}", "out_of_range", f"Whole pixels, at least {shortest}.")
        elif box[start] + box[length] > longest:
            yield FieldError(f"/{length}", "outside_image", f"The box ends beyond the image's {longest} pixels.")


def form(schema: Mapping[str, Any]) -> list[FormField]:
    """The fields of an answer under a valid schema."""
    most = schema.get("boxes_max", BOXES_MAX)
    return [FormField("boxes", "boxes", tuple(schema["classes"]), schema.get("boxes_min", 0), most)]
