from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.alpha import alpha, by_label, tally

ITEMS = st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4), min_size=1, max_size=12)


def by_the_book(items: list[list[str]]) -> Fraction | None:
    """From the coincidences, pair by pair, in whole fractions."""
    coincidences: dict[tuple[str, str], Fraction] = {}
    for labels in items:
        for one, other in permutations(labels, 2):
            coincidences[one, other] = coincidences.get((one, other), Fraction(0)) + Fraction(1, len(labels) - 1)
    total = sum(coincidences.values())
    marginals: dict[str, Fraction] = {}
    for (one, _), weight in coincidences.items():
        marginals[one] = marginals.get(one, Fraction(0)) + weight
    observed = sum((weight for (one, other), weight in coincidences.items() if one != other), Fraction(0))
    expected = sum(
        (marginals[one] * marginals[other] for one in marginals for other in marginals if one != other), Fraction(0)
    )
    return None if expected == 0 else 1 - observed * (total - 1) / expected


@given(ITEMS)
def test_alpha_is_what_the_book_says_with_values_missing(items: list[list[str]]) -> None:
    found = alpha(tally(items), resamples=10)
    expected = by_the_book(items)
    if expected is None:
        assert found.value is None
    else:
        assert found.value == pytest.approx(float(expected))
    assert found.items == sum(len(labels) > 1 for labels in items)


def test_the_example_of_krippendorffs_own_paper() -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C: 12 units, 4 observers: 0.743."""
    observers = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3",
                 ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]  # fmt: skip
    units = zip(*(line.split() for line in observers), strict=True)
    found = alpha(tally([label for label in unit if label != "."] for unit in units))
    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high


def test_the_interval_is_the_same_each_time_and_narrows_with_more_items() -> None:
    random = np.random.default_rng(3)

    def items(count: int) -> list[list[str]]:
        return [["a", "a", str(random.choice(["a", "b"]))] if i % 2 else ["b", "b", "b"] for i in range(count)]

    few, many = items(30), items(3000)
    assert alpha(tally(few)) == alpha(tally(few))
    narrow, wide = alpha(tally(many)), alpha(tally(few))
    assert narrow.low is not None and narrow.high is not None and wide.low is not None and wide.high is not None  # noqa: PT018
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


def test_where_everybody_says_the_same_there_is_nothing_to_say() -> None:
    assert alpha(tally([["a", "a"], ["a", "a", "a"]])).value is None
    assert alpha(tally([["a"], []])).items == 0


def test_a_label_that_two_people_always_share_has_alpha_one_though_others_are_confused() -> None:
    items = [["a", "a"], ["b", "c"], ["c", "b"], ["b", "c"], ["a", "a"]]
    found = by_label(tally(items), ["a", "b"])
    assert found["a"].value == pytest.approx(1.0)
    assert found["b"].value is not None
    assert found["b"].value < 0
