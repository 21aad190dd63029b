"""How well answers to one item agree. Takes contents as values, knows nothing of claims.

What a content is, is told by its keys: {"label"} or {"labels"} of a text, {"choice"} of a pair, {"boxes"},
{"polygons"}, {"points"}, {"cuboids"}, {"spans"}, {"segments"}, {"text"} and {"order"}. Of all else only equal ones
agree.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from statistics import fmean
from typing import Any, Final

from marketplace.quality import geometry, sequences
from marketplace.quality.matching import matched_share

Content = Mapping[str, Any]
Compare = Callable[[Any, Any], float]

_COMPARED: Final[Mapping[str, Compare]] = {
    "boxes": partial(matched_share, similarity=geometry.box_iou, similarity_min=geometry.IOU_MIN),
    "polygons": partial(matched_share, similarity=geometry.polygon_iou, similarity_min=geometry.IOU_MIN),
    "points": partial(matched_share, similarity=geometry.point_similarity, similarity_min=1e-9),
    "cuboids": partial(matched_share, similarity=geometry.cuboid_iou, similarity_min=geometry.VOLUME_IOU_MIN),
    "spans": partial(matched_share, similarity=sequences.span_iou, similarity_min=sequences.INTERVAL_IOU_MIN),
    "segments": partial(
        matched_share, similarity=sequences.segment_similarity, similarity_min=sequences.INTERVAL_IOU_MIN / 2
    ),
    "text": sequences.text_agreement,
    "order": sequences.order_agreement,
}
"""How the value under a key is compared; of all else only equal values are alike."""


def compared_by(content: Content) -> str | None:
    """The key whose value says how much two answers are alike; None where they are equal or not (a category)."""
    return next((key for key in _COMPARED if key in content), None)


def category(content: Content) -> str:
    """The one word for a content that is compared as a whole: equal contents have equal ones.

    The label, or the choice, as it is; several labels in order, joined by line ends; all else as JSON.
    """
    for key in ("label", "choice"):
        if isinstance(content.get(key), str):
            return str(content[key])
    if "labels" in content:
        return "\n".join(sorted(content["labels"]))
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def label_agreement(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared labels over all labels named (Jaccard), 0.0 to 1.0; two empty answers agree fully."""
    named = left | right
    return len(left & right) / len(named) if named else 1.0


def pair_agreement(left: Content, right: Content) -> float:
    """How well two answers to one item agree, 0.0 to 1.0."""
    key = compared_by(left)
    if key is not None and key in right:
        return _COMPARED[key](left[key], right[key])
    if "labels" in left and "labels" in right:
        return label_agreement(frozenset(left["labels"]), frozenset(right["labels"]))
    return float(category(left) == category(right))


def agreement(contents: Sequence[Content]) -> float | None:
    """Mean agreement over all pairs of answers to one item; None for fewer than two."""
    if len(contents) < 2:
        return None
    return fmean(pair_agreement(left, right) for left, right in combinations(contents, 2))
