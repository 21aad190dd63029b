"""How well places agree: boxes, polygons, points and cuboids. Lengths are pixels, those of cuboids metres."""

from collections.abc import Sequence
from math import cos, hypot, sin
from typing import Final

import pyclipper

from marketplace.quality.matching import Mark

IOU_MIN: Final = 0.5
"""Overlap from which two areas are taken for the same object (the habit of PASCAL VOC and COCO)."""

VOLUME_IOU_MIN: Final = 0.25
"""The same for cuboids, whose overlap falls with the third power of what they are apart."""

POINT_DISTANCE_MAX: Final = 20.0
"""Pixels; points that far apart, or farther, are not the same one."""

_STEPS: Final = 1024
"""To each pixel or metre: polygons are cut on a grid of whole numbers, where nothing is lost to rounding."""

Points = Sequence[Sequence[float]]


def box_iou(left: Mark, right: Mark) -> float:
    """Intersection over union of two boxes {"x", "y", "width", "height"}, 0.0 to 1.0; labels do not matter."""
    across = min(left["x"] + left["width"], right["x"] + right["width"]) - max(left["x"], right["x"])
    down = min(left["y"] + left["height"], right["y"] + right["height"]) - max(left["y"], right["y"])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    union = left["width"] * left["height"] + right["width"] * right["height"] - shared
    return float(shared / union)


def polygon_iou(left: Mark, right: Mark) -> float:
    """Intersection over union of two polygons {"points": [[x, y], …]}, also of concave ones that cross themselves.

    What a crossing line goes around more than once is inside. Polygons without an area overlap where they are equal.
    """
    if left["points"] == right["points"]:
        return 1.0
    if not _near(left["points"], right["points"]):
        return 0.0
    one, other = area(left["points"]), area(right["points"])
    shared = area(left["points"], right["points"])
    union = one + other - shared
    return min(1.0, shared / union) if union > 0 else 0.0


def _near(left: Points, right: Points) -> bool:
    """Whether the boxes around two polygons touch: cutting costs far more than looking."""
    return all(
        min(point[axis] for point in left) <= max(point[axis] for point in right)
        and min(point[axis] for point in right) <= max(point[axis] for point in left)
        for axis in (0, 1)
    )


def area(points: Points, within: Points | None = None) -> float:
    """The area of a polygon, or of what it shares with another one."""
    cut = pyclipper.Pyclipper()
    try:
        cut.AddPath(_grid(points), pyclipper.PT_SUBJECT, True)
        if within is not None:
            cut.AddPath(_grid(within), pyclipper.PT_CLIP, True)
    except pyclipper.ClipperException:  # fewer than three different points: no area
        return 0.0
    way = pyclipper.CT_UNION if within is None else pyclipper.CT_INTERSECTION
    paths = cut.Execute(way, pyclipper.PFT_NONZERO, pyclipper.PFT_NONZERO)
    # Holes run the other way around, so that their area is negative.
    return abs(float(sum(pyclipper.Area(path) for path in paths))) / _STEPS**2


def _grid(points: Points) -> list[tuple[int, int]]:
    return [(round(x * _STEPS), round(y * _STEPS)) for x, y in points]


def point_similarity(left: Mark, right: Mark) -> float:
    """1.0 for the same place, falling evenly to 0.0 at `POINT_DISTANCE_MAX` pixels; marks are {"x", "y"}."""
    apart = hypot(left["x"] - right["x"], left["y"] - right["y"])
    return max(0.0, 1.0 - apart / POINT_DISTANCE_MAX)


def cuboid_iou(left: Mark, right: Mark) -> float:
    """Intersection over union of two cuboids {"center": [x, y, z], "size": [length, width, height], "yaw"}.

    `yaw` turns length and width around the upright axis z, radians.
    """
    (one_z, one_height), (other_z, other_height) = (
        (float(cuboid["center"][2]), float(cuboid["size"][2])) for cuboid in (left, right)
    )
    upright = min(one_z + one_height / 2, other_z + other_height / 2)
    upright -= max(one_z - one_height / 2, other_z - other_height / 2)
    if upright <= 0:
        return 0.0
    bases = footprint(left), footprint(right)
    if not _near(*bases):
        return 0.0
    one, other = area(bases[0]), area(bases[1])
    shared = min(one, other, area(*bases)) * upright
    union = one * one_height + other * other_height - shared
    return min(1.0, shared / union) if union > 0 else 0.0


def footprint(cuboid: Mark) -> list[tuple[float, float]]:
    """The four corners of a cuboid as seen from above."""
    x, y = float(cuboid["center"][0]), float(cuboid["center"][1])
    length, width = float(cuboid["size"][0]) / 2, float(cuboid["size"][1]) / 2
    along, aside = cos(cuboid["yaw"]), sin(cuboid["yaw"])
    corners = ((length, width), (-length, width), (-length, -width), (length, -width))
    return [(x + a * along - b * aside, y + a * aside + b * along) for a, b in corners]
