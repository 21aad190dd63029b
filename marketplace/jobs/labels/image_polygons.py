"""Outlines on an image: closed polygons.

Schema: {"classes": ["road", …], "polygons_min": 0, "polygons_max": 200}; the bounds may be left out.
Answer: {"polygons": [{"label", "points": [[x, y], …]}, …]}, each of three corners or more, in whole
pixels from the top left corner of the image as it is shown; the last corner joins the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
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
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"media", "url"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
CORNERS_MIN: Final = 3
CORNERS_MAX: Final = 1000
MARKS: Final = Marks("polygons", "polygon", 500)
MEDIA: Final = "image"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=False, phone=False)
EXAMPLE: Final = Example(
    {"classes": ["road", "house"]},
    {"url": "https://images.example.org/17.jpg"},
    {"polygons": [{"label": "road", "points": [[0, 480], [280, 300], [360, 300], [640, 480]]}]},
    ItemMeta(width=640, height=480),
)

_POLYGON: Final = frozenset({"label", "points"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    return MARKS.schema_errors(schema)


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    return MARKS.answer_errors(schema, content, lambda polygon: _polygon_errors(schema, polygon, item))


def _polygon_errors(schema: Mapping[str, Any], polygon: Any, item: ItemMeta) -> Iterator[FieldError]:
    errors = shape_errors(polygon, _POLYGON)
    if errors:
        yield from errors
        return
    yield from label_error(schema, polygon["label"])
    corners = polygon["points"]
    if not isinstance(corners, list) or not CORNERS_MIN <= len(corners) <= CORNERS_MAX:
        yield FieldError(
            "/points",
            "corner_count",
            say(
                "A list of %(least)s to %(most)s corners.",
                least=CORNERS_MIN,
                most=CORNERS_MAX,
            ),
        )
        return
    errors = [error for index, corner in enumerate(corners) for error in _corner_errors(corner, index, item)]
    yield from errors
    if not errors and area_twice(corners) == 0:
        yield FieldError("/points", "polygon_flat", say("These corners enclose nothing."))


def _corner_errors(corner: Any, index: int, item: ItemMeta) -> Iterator[FieldError]:
    if not isinstance(corner, list) or len(corner) != 2:
        yield FieldError(f"/points/{index}", "not_a_corner", say("A corner is a list of x and y."))
        return
    for place, size in enumerate((item.width, item.height)):
        yield from coordinate_error(corner[place], f"/points/{index}/{place}", size)


def area_twice(corners: Sequence[Sequence[int]]) -> int:
    """Twice the enclosed area in square pixels, exactly, without a sign (the shoelace formula)."""
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairwise([*corners, corners[0]])))


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [MARKS.field(schema)]
