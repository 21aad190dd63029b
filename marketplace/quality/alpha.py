"""Krippendorff's alpha for labels: how far answers agree beyond what chance would give.

1.0 is full agreement, 0.0 what labels drawn by chance would show, less than that is worse than chance. Answers may be
missing: an item with fewer than two tells nothing and is left out (K. Krippendorff, Content Analysis, 2004, ch. 11).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

RESAMPLES: Final = 1000
SEED: Final = 20260101
_CELLS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Alpha:
    """The value with the bounds of its 95 % bootstrap interval; over `items` with two answers or more.

    `value` is None where nothing can be said: no such item, or one label only.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int


def tally(items: Iterable[Iterable[str]]) -> Counter[tuple[tuple[str, int], ...]]:
    """How many items have which labels how often: millions of items fall into few patterns."""
    return Counter(tuple(sorted(Counter(labels).items())) for labels in items)


def alpha(
    patterns: Mapping[tuple[tuple[str, int], ...], int], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Alpha:
    """Nominal alpha of a tally, with an interval from `resamples` draws of as many items; the same seed, the same."""
    usable = {pattern: count for pattern, count in sorted(patterns.items()) if sum(n for _, n in pattern) > 1}
    items = sum(usable.values())
    if not items:
        return Alpha(None, None, None, 0)
    labels = sorted({label for pattern in usable for label, _ in pattern})
    place = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(usable), len(labels)))
    for row, pattern in enumerate(usable):
        for label, number in pattern:
            counts[row, place[label]] = number
    frequencies = np.array(list(usable.values()), dtype=np.float64)
    value = _alphas(counts, frequencies[None, :])[0]
    if np.isnan(value):
        return Alpha(None, None, None, items)
    random = np.random.default_rng(seed)
    at_once = max(1, _CELLS_AT_ONCE // len(usable))
    parts = []
    for done in range(0, resamples, at_once):
        # Drawing items with replacement is drawing how often each pattern comes up.
        draws = random.multinomial(items, frequencies / items, size=min(at_once, resamples - done))
        parts.append(_alphas(counts, draws.astype(np.float64)))
    drawn = np.concatenate(parts) if parts else np.empty(0)
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (value, value)
    return Alpha(float(value), float(low), float(high), items)


def _alphas(counts: Floats, draws: Floats) -> Floats:
    """Alpha for each row of `draws`, which says how often each pattern (a row of `counts`) is there; nan for none."""
    sizes = counts.sum(axis=1)
    apart = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)
    totals = draws @ counts
    values = totals.sum(axis=1)
    observed = draws @ apart / values
    expected = (values**2 - (totals**2).sum(axis=1)) / (values * (values - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - observed / expected, np.nan))


def by_label(
    patterns: Mapping[tuple[tuple[str, int], ...], int], labels: Sequence[str], *, resamples: int = RESAMPLES
) -> dict[str, Alpha]:
    """Alpha for each label against all others together: which of them people confuse."""
    found = {}
    for label in labels:
        merged: Counter[tuple[tuple[str, int], ...]] = Counter()
        for pattern, count in patterns.items():
            of_label = sum(number for name, number in pattern if name == label)
            others = sum(number for name, number in pattern if name != label)
            merged[tuple((name, n) for name, n in (("label", of_label), ("other", others)) if n)] += count
        found[label] = alpha(merged, resamples=resamples)
    return found
