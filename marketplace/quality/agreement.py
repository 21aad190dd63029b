"""Agreement and consensus of several answers to one item. Takes contents as values, knows nothing of claims."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, Generic, TypeVar

from marketplace.quality.boxes import box_agreement

T = TypeVar("T", bound=Hashable)
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Majority(Generic[T]):
    """The value that more answers gave than any other: `votes` of `total`."""

    value: T
    votes: int
    total: int


def majority(values: Sequence[T]) -> Majority[T] | None:
    """The value given most often; None for no values and for a tie at the top."""
    counted = Counter(values).most_common(2)
    if not counted or (len(counted) == 2 and counted[0][1] == counted[1][1]):
        return None
    value, votes = counted[0]
    return Majority(value, votes, len(values))


def chosen_labels(content: Content) -> frozenset[str]:
    """The labels of a text's answer, whether one was asked for or several."""
    return frozenset(content["labels"]) if "labels" in content else frozenset([content["label"]])


def label_agreement(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared labels over all labels named (Jaccard), 0.0 to 1.0; two empty answers agree fully."""
    named = left | right
    return len(left & right) / len(named) if named else 1.0


def pair_agreement(left: Content, right: Content) -> float:
    """How well two answers to one item agree, 0.0 to 1.0."""
    if "boxes" in left:
        return box_agreement(left["boxes"], right["boxes"])
    if not left.keys() & {"label", "labels"}:
        return float(left == right)
    return label_agreement(chosen_labels(left), chosen_labels(right))


def agreement(contents: Sequence[Content]) -> float | None:
    """Mean agreement over all pairs of answers to one item; None for fewer than two."""
    if len(contents) < 2:
        return None
    return fmean(pair_agreement(left, right) for left, right in combinations(contents, 2))


def consensus(contents: Sequence[Content]) -> Content | None:
    """What the answers to one item say together: for labels the majority's choice, None without one.

    For boxes it is the answer that agrees best with the others, the earliest of equals: no box is invented.
    """
    if not contents:
        return None
    if not contents[0].keys() & {"label", "labels"}:
        return max(contents, key=lambda content: sum(pair_agreement(content, other) for other in contents))
    most = majority([chosen_labels(content) for content in contents])
    if most is None:
        return None
    return next(content for content in contents if chosen_labels(content) == most.value)
