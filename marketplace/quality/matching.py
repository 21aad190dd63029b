"""Which marks of one answer are which of another's: the best pairing of two lists, each mark once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Mark = Mapping[str, Any]
"""One box, polygon, point, span, segment or cuboid of an answer; `label` is its class."""

Similarity = Callable[[Mark, Mark], float]
"""How alike two marks of one label are, 0.0 to 1.0, the same both ways."""


@dataclass(frozen=True, slots=True)
class Match:
    """Mark number `left` of one answer is mark number `right` of the other, and so alike."""

    left: int
    right: int
    similarity: float


def match_marks(
    left: Sequence[Mark], right: Sequence[Mark], similarity: Similarity, similarity_min: float
) -> list[Match]:
    """Pair marks of the same label so that the similarities sum to the most, each mark once; ordered by `left`.

    Only pairs of at least `similarity_min` (more than 0) count. This is the assignment problem, solved exactly.
    """
    matches: list[Match] = []
    for label in sorted({mark["label"] for mark in left} & {mark["label"] for mark in right}):
        of_left = [index for index, mark in enumerate(left) if mark["label"] == label]
        of_right = [index for index, mark in enumerate(right) if mark["label"] == label]
        worth = np.array([[similarity(left[i], right[j]) for j in of_right] for i in of_left], dtype=np.float64)
        worth[worth < max(similarity_min, 1e-12)] = 0.0
        matches += [
            Match(of_left[i], of_right[j], float(worth[i, j])) for i, j in _assigned(worth) if worth[i, j] > 0.0
        ]
    return sorted(matches, key=lambda match: match.left)


def _assigned(worth: "np.ndarray[Any, np.dtype[np.float64]]") -> list[tuple[int, int]]:
    """Row and column of each pair of an assignment that is worth the most."""
    if 1 in worth.shape:
        row, column = np.unravel_index(int(np.argmax(worth)), worth.shape)
        return [(int(row), int(column))]
    # Imported here, for it takes half a second and 40 MB, and most processes never compare lists.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def matched_share(left: Sequence[Mark], right: Sequence[Mark], similarity: Similarity, similarity_min: float) -> float:
    """Sum of the matched similarities over the larger number of marks, 0.0 to 1.0; two empty lists agree fully."""
    most = max(len(left), len(right))
    if most == 0:
        return 1.0
    matches = match_marks(left, right, similarity, similarity_min)
    return min(1.0, sum(match.similarity for match in matches) / most)


def f1(matched: int, left: int, right: int) -> float:
    """Harmonic mean of precision and recall where `matched` marks of two lists of such lengths are the same."""
    return 2 * matched / (left + right) if left + right else 1.0
