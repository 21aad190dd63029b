"""Cuboids in a point cloud.

Schema: {"classes": ["car", …], "cuboids_min": 0, "cuboids_max": 100}; the bounds may be left out.
Answer: {"cuboids": [{"label", "center": [x, y, z], "size": [length, width, height], "yaw"}, …]}.
Centre and size are whole millimetres in the axes of the cloud (whose own unit is the metre), size
along the cuboid's own axes; yaw is the turn about z in whole milliradians, anticlockwise seen from
above, from -3142 to 3142. Whole numbers, and no fractions, give an answer one canonical form.
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
    is_whole,
    label_error,
    shape_errors,
)
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"media", "url"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MEDIA: Final = "model"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=True, without_sight=False, phone=False)
PLACE_MM_MAX: Final = 10_000_000
SIZE_MM_MAX: Final = 1_000_000
YAW_MRAD_MAX: Final = 3142
MARKS: Final = Marks("cuboids", "cuboid", 500)
EXAMPLE: Final = Example(
    {"classes": ["car", "person"]},
    {"url": "https://clouds.example.org/17.pcd"},
    {"cuboids": [{"label": "car", "center": [8200, -1500, 750], "size": [4400, 1800, 1500], "yaw": 785}]},
)

_CUBOID: Final = frozenset({"label", "center", "size", "yaw"})


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    return MARKS.schema_errors(schema)


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:  # noqa: ARG001 - as LabelKind
    """Everything wrong with an answer under a valid schema; empty is good."""
    return MARKS.answer_errors(schema, content, lambda cuboid: _cuboid_errors(schema, cuboid))


def _cuboid_errors(schema: Mapping[str, Any], cuboid: Any) -> Iterator[FieldError]:
    errors = shape_errors(cuboid, _CUBOID)
    if errors:
        yield from errors
        return
    yield from label_error(schema, cuboid["label"])
    yield from _triple_errors(cuboid["center"], "/center", -PLACE_MM_MAX, PLACE_MM_MAX)
    yield from _triple_errors(cuboid["size"], "/size", 1, SIZE_MM_MAX)
    if not is_whole(cuboid["yaw"], -YAW_MRAD_MAX, YAW_MRAD_MAX):
        yield FieldError("/yaw", "out_of_range", say("Half a turn at most to either side: from -180 to 180 degrees."))


def _triple_errors(triple: Any, at: str, lowest: int, highest: int) -> Iterator[FieldError]:
    if not isinstance(triple, list) or len(triple) != 3:
        yield FieldError(at, "not_a_triple", say("A list of three whole numbers of millimetres."))
        return
    for place, value in enumerate(triple):
        if not is_whole(value, lowest, highest):
            words = say(
                "Whole millimetres, from %(lowest)s to %(highest)s metres.",
                lowest=f"{lowest / 1000:g}",
                highest=highest // 1000,
            )
            yield FieldError(f"{at}/{place}", "out_of_range", words)


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    return [MARKS.field(schema)]
