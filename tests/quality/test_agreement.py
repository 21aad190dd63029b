from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.agreement import Majority, agreement, consensus, label_agreement, majority

labels = st.sampled_from(["a", "b", "c"])
sets = st.frozensets(labels)


def test_the_value_given_most_often_is_the_majority() -> None:
    assert majority(["a", "b", "a"]) == Majority("a", 2, 3)


def test_a_tie_has_no_majority() -> None:
    assert majority(["a", "b"]) is None
    assert majority([]) is None


@given(st.lists(labels))
def test_a_majority_beats_every_other_value_whatever_the_order(values: list[str]) -> None:
    found = majority(values)
    assert found == majority(sorted(values))
    if found is not None:
        assert all(values.count(other) < found.votes for other in set(values) - {found.value})


@given(sets, sets)
def test_agreement_of_labels_is_what_they_share(left: frozenset[str], right: frozenset[str]) -> None:
    expected = Fraction(len(left & right), len(left | right)) if left | right else Fraction(1)
    assert label_agreement(left, right) == pytest.approx(float(expected))


def test_agreement_needs_two_answers() -> None:
    assert agreement([]) is None
    assert agreement([{"label": "a"}]) is None
    assert agreement([{"label": "a"}, {"label": "a"}, {"label": "b"}]) == pytest.approx(1 / 3)


def test_consensus_of_labels_is_the_choice_of_most_in_any_order() -> None:
    assert consensus([{"label": "a"}, {"label": "b"}, {"label": "a"}]) == {"label": "a"}
    assert consensus([{"labels": ["a", "b"]}, {"labels": ["b", "a"]}, {"labels": ["c"]}]) == {"labels": ["a", "b"]}
    assert consensus([{"label": "a"}, {"label": "b"}]) is None
    assert consensus([]) is None


def test_consensus_of_boxes_is_the_answer_closest_to_the_others() -> None:
    def answer(x: int) -> dict[str, object]:
        return {"boxes": [{"label": "car", "x": x, "y": 0, "width": 100, "height": 100}]}

    assert consensus([answer(0), answer(10), answer(20)]) == answer(10)
