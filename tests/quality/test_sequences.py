import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.sequences import (
    interval_iou,
    kendall_tau,
    order_agreement,
    span_f1,
    text_agreement,
    word_error_rate,
    word_errors,
)

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=8)


def plain_distance(left: list[str], right: list[str]) -> int:
    if not left or not right:
        return max(len(left), len(right))
    replaced = plain_distance(left[1:], right[1:]) + (left[0] != right[0])
    if left[0] == right[0]:
        return replaced
    return min(replaced, 1 + plain_distance(left[1:], right), 1 + plain_distance(left, right[1:]))


@given(st.lists(st.sampled_from(["a", "b"]), max_size=6), st.lists(st.sampled_from(["a", "b"]), max_size=6))
def test_word_errors_are_the_fewest_changes(left: list[str], right: list[str]) -> None:
    assert word_errors(left, right) == plain_distance(left, right)


def test_word_error_rate_is_over_the_words_of_the_reference() -> None:
    assert word_error_rate("the cat sat on the mat", "The cat  sat the mat") == pytest.approx(1 / 6)
    assert word_error_rate("yes", "yes it is so") == 3.0
    assert word_error_rate("", "") == 0.0
    assert word_error_rate("", "word") == 1.0


@given(WORDS, WORDS)
def test_agreement_of_texts_is_symmetric_and_between_none_and_full(left: list[str], right: list[str]) -> None:
    one, other = " ".join(left), " ".join(right)
    assert 0.0 <= text_agreement(one, other) == text_agreement(other, one) <= 1.0
    assert text_agreement(one, one) == 1.0


def test_two_long_texts_are_compared_in_a_moment() -> None:
    left = " ".join(f"word{number % 97}" for number in range(5_000))
    right = " ".join(f"word{number % 89}" for number in range(5_000))
    began = time.perf_counter()
    text_agreement(left, right)
    assert time.perf_counter() - began < 5.0


def test_spans_count_for_f1_where_they_are_equal_or_where_they_overlap() -> None:
    left = [{"label": "name", "start": 0, "end": 5}, {"label": "place", "start": 9, "end": 14}]
    right = [{"label": "name", "start": 0, "end": 5}, {"label": "place", "start": 12, "end": 20}]
    assert span_f1(left, right, exact=True) == 0.5
    assert span_f1(left, right, exact=False) == 1.0
    assert span_f1(left, right[:1], exact=True) == pytest.approx(2 / 3)
    assert span_f1([], [], exact=True) == 1.0


def test_stretches_that_only_touch_do_not_overlap_and_equal_empty_ones_do() -> None:
    assert interval_iou(0, 5, 5, 9) == 0.0
    assert interval_iou(3, 3, 3, 3) == 1.0


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "c", "d"]))
def test_tau_is_symmetric_and_opposite_for_the_reversed_order(left: list[str], right: list[str]) -> None:
    assert kendall_tau(left, right) == kendall_tau(right, left)
    assert kendall_tau(left, right[::-1]) == pytest.approx(-kendall_tau(left, right))
    assert kendall_tau(left, left) == 1.0


def test_orders_agree_by_the_pairs_they_put_alike() -> None:
    assert order_agreement(["a", "b", "c"], ["c", "b", "a"]) == 0.0
    assert order_agreement(["a", "b", "c"], ["a", "c", "b"]) == pytest.approx(2 / 3)
    assert order_agreement(["a"], ["a"]) == 1.0
    assert order_agreement([], []) == 1.0
