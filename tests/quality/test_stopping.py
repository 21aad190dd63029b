from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.stopping import ACCURACY, enough, posterior


def labels(*chosen: str) -> list[dict[str, str]]:
    return [{"label": label} for label in chosen]


def by_bayes(chosen: list[str], classes: int) -> float:
    """The same by the book: every choice's likelihood, over their sum."""
    choices = [f"c{number}" for number in range(classes)]
    wrong = (1 - ACCURACY) / (classes - 1)
    chances = []
    for choice in choices:
        chance = 1.0
        for one in chosen:
            chance *= ACCURACY if one == choice else wrong
        chances.append(chance)
    return max(chances) / sum(chances)


@given(st.lists(st.sampled_from(["c0", "c1", "c2"]), min_size=1, max_size=8), st.integers(3, 6))
def test_the_posterior_is_that_of_bayes(chosen: list[str], classes: int) -> None:
    assert posterior(labels(*chosen), classes) == pytest.approx(by_bayes(chosen, classes))


def test_two_of_three_are_right_as_often_as_one_alone() -> None:
    assert posterior(labels("a", "b", "a"), 2) == pytest.approx(posterior(labels("a"), 2) or 0)
    assert posterior([], 2) is None


def test_a_hundred_answers_are_no_large_numbers() -> None:
    assert posterior(labels(*["a"] * 100), 100) == pytest.approx(1.0)


def test_one_answer_is_never_enough() -> None:
    assert not enough(labels("a"), agreement_min=0.0, posterior_min=0.0, classes=2)


def test_agreement_or_likelihood_is_enough() -> None:
    split = labels("a", "a", "b")
    assert not enough(split, agreement_min=0.9, posterior_min=None, classes=2)
    assert enough(split, agreement_min=0.9, posterior_min=0.79, classes=2)
    assert enough(split, agreement_min=0.33, posterior_min=None, classes=2)
