"""Splitting a whole number by integer weights so that nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` by the largest remainder.

    Each share is the exact one rounded down, and what is then left goes, one unit each,
    to the shares with the largest remainders; ties go to the earlier position. A negative
    total is split as its mirror. The shares always sum to the total.

    Raises ValueError for no weights, a negative weight, or weights that sum to zero.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be a non-empty list of non-negative integers")
    weight_sum = sum(weights)
    if weight_sum == 0:
        raise ValueError("at least one weight must be positive")
    if total < 0:
        return [-share for share in allocate(-total, weights)]
    shares = [total * weight // weight_sum for weight in weights]
    remainders = [total * weight % weight_sum for weight in weights]
    left = total - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[:left]:
        shares[index] += 1
    if sum(shares) != total:
        raise AssertionError(f"allocation of {total} by {list(weights)} lost money: {shares}")
    return shares
