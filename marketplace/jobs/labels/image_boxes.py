"""Boxes on an image.

Schema: {"classes": ["car", …], "boxes_min": 0, "boxes_max": 200, "side_min": 1}; the last
three may be left out. Answer: {"boxes": [{"label", "x", "y", "width", "height"}, …]}, whole
pixels from the top left corner of the image as it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    NOTHING_KNOWN,
    PIXELS_MAX,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    Marks,
    is_whole,
    label_error,
    shape_errors,
)
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"media", "url"})
MEDIA: Final = "image"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=False, phone=False)
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MARKS: Final = Marks("boxes", "box", 1000)
EXAMPLE: Final = Example(
    {"classes": ["car", "bus"], "boxes_max": 50},
    {"url": "https://images.example.org/17.jpg"},
    {"boxes": [{"label": "car", "x": 12, "y": 30, "width": 200, "height": 90}]},
    ItemMeta(width=640, height=480),
)

_BOX: Final = frozenset({"label", "x", "y", "width", "height"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = MARKS.schema_errors(schema, frozenset({"side_min"}))
    if isinstance(schema, dict) and not is_whole(schema.get("side_min", 1), 1, 1000):
        errors.append(FieldError("/side_min", "out_of_range", "A whole number from 1 to 1000."))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    return MARKS.answer_errors(schema, content, lambda box: _box_errors(schema, box, item))


def _box_errors(schema: Mapping[str, Any], box: Any, item: ItemMeta) -> Iterator[FieldError]:
    errors = shape_errors(box, _BOX)
    if errors:
        yield from errors
        return
    yield from label_error(schema, box["label"])
    shortest = schema.get("side_min", 1)
    for start, length, size in (("x", "width", item.width), ("y", "height", item.height)):
        longest = PIXELS_MAX if size is None else size
        if not is_whole(box[start], 0, PIXELS_MAX):
            yield FieldError(f"/{start}", "out_of_range", say("Whole pixels, not negative."))
        elif not is_whole(box[length], shortest, PIXELS_MAX):
            yield FieldError(
                f"/{length}", "out_of_range", say("Whole pixels, at least %(shortest)s.", shortest=shortest)
            )
        elif box[start] + box[length] > longest:
            yield FieldError(
                f"/{length}",
                "outside_image",
                say("The box ends beyond the image's %(longest)s pixels.", longest=longest),
            )


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [MARKS.field(schema)]
