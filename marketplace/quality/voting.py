"""What several answers to one item say together: by vote, or as the answer in the middle of them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Final, Generic, TypeVar

from marketplace.quality.agreement import Content, category, compared_by, pair_agreement

T = TypeVar("T", bound=Hashable)

_EQUAL: Final = 1e-9
"""Weights nearer than this are a tie: sums of the same numbers differ by their order."""


@dataclass(frozen=True, slots=True)
class Vote(Generic[T]):
    """The value with the most weight, `share` of all weight (0.0 to 1.0); `value` is None for a tie at the top."""

    value: T | None
    share: float


def vote(values: Sequence[T], weights: Sequence[float] | None = None) -> Vote[T]:
    """Majority vote, or weighted vote with one weight (0.0 or more) a value; None with share 0.0 for no values."""
    held: dict[T, float] = {}
    for value, weight in zip(values, weights or [1.0] * len(values), strict=True):
        held[value] = held.get(value, 0.0) + weight
    total = sum(held.values())
    if total <= 0.0:
        return Vote(None, 0.0)
    first, *rest = sorted(held.items(), key=lambda pair: -pair[1])
    tied = bool(rest) and first[1] - rest[0][1] <= _EQUAL * total
    return Vote(None if tied else first[0], first[1] / total)


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the answers to an item say together; `value` is one of their contents, None where no side won.

    `confidence` is 0.0 to 1.0: the share of the weight, or the probability, of the value; for marks, texts and orders
    the mean agreement of the others with it. It is None where one answer stands alone and nothing speaks for it.
    `agreement` is the mean over all pairs, None for one answer; `with_value` the agreement of each answer with the
    value, empty without one.
    """

    value: Content | None
    confidence: float | None
    agreement: float | None
    with_value: tuple[float, ...] = ()


def consensus(contents: Sequence[Content], weights: Sequence[float] | None = None) -> Consensus:
    """By majority, or by weights (0.0 or more): a vote over labels, else the answer closest to all others.

    The earliest of equally close ones is taken, so no box or word is invented. Raises ValueError for no contents.
    """
    if not contents:
        raise ValueError("a consensus needs an answer")
    if len(contents) == 1:
        return Consensus(contents[0], None, None, (1.0,))
    if compared_by(contents[0]) is not None:
        return _middle(contents, weights or [1.0] * len(contents))
    categories = [category(content) for content in contents]
    voted = vote(categories, weights)
    value = None if voted.value is None else contents[categories.index(voted.value)]
    return about(contents, value, voted.share)


def about(contents: Sequence[Content], value: Content | None, confidence: float | None) -> Consensus:
    """A consensus that was found elsewhere, with how well the answers agree, with one another and with it."""
    pairs = [pair_agreement(left, right) for left, right in combinations(contents, 2)]
    with_value = () if value is None else tuple(pair_agreement(content, value) for content in contents)
    return Consensus(value, confidence, fmean(pairs) if pairs else None, with_value)


def _middle(contents: Sequence[Content], weights: Sequence[float]) -> Consensus:
    count = len(contents)
    alike = [[1.0] * count for _ in contents]
    for i, j in combinations(range(count), 2):
        alike[i][j] = alike[j][i] = pair_agreement(contents[i], contents[j])
    closeness = [sum(weight * share for weight, share in zip(weights, row, strict=True)) for row in alike]
    best = max(range(count), key=lambda i: (round(closeness[i], 9), -i))
    others = sum(weights) - weights[best]
    confidence = (closeness[best] - weights[best]) / others if others > 0 else None
    pairs = [alike[i][j] for i, j in combinations(range(count), 2)]
    return Consensus(contents[best], confidence, fmean(pairs), tuple(alike[best]))
