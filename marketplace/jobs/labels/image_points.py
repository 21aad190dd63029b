"""Points on an image.

Schema: {"classes": ["nose", …], "points_min": 0, "points_max": 20}; the bounds may be left out.
Answer: {"points": [{"label", "x", "y"}, …]}, whole pixels from the top left corner of the image
as it is shown.
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
    coordinate_error,
    label_error,
    shape_errors,
)
from marketplace.kernel.errors import FieldError

CONTENT_KEYS: Final = frozenset({"media", "url"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MARKS: Final = Marks("points", "point", 1000)
MEDIA: Final = "image"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=False, phone=False)
EXAMPLE: Final = Example(
    {"classes": ["left eye", "right eye"], "points_max": 2},
    {"url": "https://images.example.org/17.jpg"},
    {"points": [{"label": "left eye", "x": 210, "y": 140}, {"label": "right eye", "x": 288, "y": 141}]},
    ItemMeta(width=640, height=480),
)

_POINT: Final = frozenset({"label", "x", "y"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    return MARKS.schema_errors(schema)


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    return MARKS.answer_errors(schema, content, lambda point: _point_errors(schema, point, item))


def _point_errors(schema: Mapping[str, Any], point: Any, item: ItemMeta) -> Iterator[FieldError]:
    errors = shape_errors(point, _POINT)
    if errors:
        yield from errors
        return
    yield from label_error(schema, point["label"])
    yield from coordinate_error(point["x"], "/x", item.width)
    yield from coordinate_error(point["y"], "/y", item.height)


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [MARKS.field(schema)]
