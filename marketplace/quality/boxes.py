"""How well boxes on one image agree: overlap, and the pairing of two people's boxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MATCH_IOU_MIN = 0.5
"""Overlap from which two boxes are taken for the same object (the habit of PASCAL VOC and COCO)."""

Box = Mapping[str, Any]
"""{"label", "x", "y", "width", "height"}, pixels."""


@dataclass(frozen=True, slots=True)
class Match:
    """Box number `left` of one answer is box number `right` of the other, with that overlap."""

    left: int
    right: int
    iou: float


def iou(left: Box, right: Box) -> float:
    """Intersection over union of two boxes, 0.0 to 1.0; labels do not matter."""
    across = min(left["x"] + left["width"], right["x"] + right["width"]) - max(left["x"], right["x"])
    down = min(left["y"] + left["height"], right["y"] + right["height"]) - max(left["y"], right["y"])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    union = left["width"] * left["height"] + right["width"] * right["height"] - shared
    return float(shared / union)


def match_boxes(left: Sequence[Box], right: Sequence[Box], iou_min: float = MATCH_IOU_MIN) -> list[Match]:
    """Pair boxes of the same label, the best overlap first, each box once; ordered by `left`.

    Greedy, not optimal: with an overlap of at least one half no box has two rivals that differ much.
    """
    candidates = [
        Match(i, j, overlap)
        for i, one in enumerate(left)
        for j, other in enumerate(right)
        if one["label"] == other["label"] and (overlap := iou(one, other)) >= iou_min
    ]
    candidates.sort(key=lambda match: (-match.iou, match.left, match.right))
    used_left: set[int] = set()
    used_right: set[int] = set()
    matches = []
    for match in candidates:
        if match.left not in used_left and match.right not in used_right:
            used_left.add(match.left)
            used_right.add(match.right)
            matches.append(match)
    return sorted(matches, key=lambda match: match.left)


def box_agreement(left: Sequence[Box], right: Sequence[Box]) -> float:
    """Sum of the matched overlaps over the larger number of boxes, 0.0 to 1.0; two empty answers agree fully."""
    most = max(len(left), len(right))
    if most == 0:
        return 1.0
    return min(1.0, sum(match.iou for match in match_boxes(left, right)) / most)
