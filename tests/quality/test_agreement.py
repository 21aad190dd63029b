from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.agreement import agreement, category, label_agreement, pair_agreement

SETS = st.frozensets(st.sampled_from(["a", "b", "c"]))


@given(SETS, SETS)
def test_agreement_of_labels_is_what_they_share(left: frozenset[str], right: frozenset[str]) -> None:
    expected = Fraction(len(left & right), len(left | right)) if left | right else Fraction(1)
    assert label_agreement(left, right) == pytest.approx(float(expected))


def test_agreement_needs_two_answers() -> None:
    assert agreement([]) is None
    assert agreement([{"label": "a"}]) is None
    assert agreement([{"label": "a"}, {"label": "a"}, {"label": "b"}]) == pytest.approx(1 / 3)


SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "a label": ({"label": "a"}, {"label": "b"}, 0.0),
    "labels": ({"labels": ["a", "b"]}, {"labels": ["b"]}, 0.5),
    "a preference": ({"choice": "a"}, {"choice": "tie"}, 0.0),
    "boxes": (
        {"boxes": [{"label": "car", "x": 0, "y": 0, "width": 10, "height": 10}]},
        {"boxes": [{"label": "car", "x": 0, "y": 0, "width": 10, "height": 8}]},
        0.8,
    ),
    "polygons": (
        {"polygons": [{"label": "car", "points": SQUARE}]},
        {"polygons": [{"label": "car", "points": [[0, 0], [10, 0], [10, 10]]}]},
        0.5,
    ),
    "points": (
        {"points": [{"label": "eye", "x": 0, "y": 0}]},
        {"points": [{"label": "eye", "x": 3, "y": 4}]},
        0.75,
    ),
    "spans": (
        {"spans": [{"label": "name", "start": 0, "end": 10}]},
        {"spans": [{"label": "name", "start": 0, "end": 6}]},
        0.6,
    ),
    "segments": (
        {"segments": [{"label": "talk", "start_ms": 0, "end_ms": 1000, "transcript": "good day"}]},
        {"segments": [{"label": "talk", "start_ms": 0, "end_ms": 1000, "transcript": "good night"}]},
        0.5,
    ),
    "a text": ({"text": "Good day to you"}, {"text": "good day to them"}, 0.75),
    "cuboids": (
        {"cuboids": [{"label": "car", "center": [0, 0, 0], "size": [4, 2, 2], "yaw": 0}]},
        {"cuboids": [{"label": "car", "center": [0, 0, 1], "size": [4, 2, 2], "yaw": 0}]},
        1 / 3,
    ),
    "an order": ({"order": ["a", "b", "c"]}, {"order": ["b", "a", "c"]}, 2 / 3),
    "what nobody knows": ({"mask": [1, 2]}, {"mask": [1, 3]}, 0.0),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_answer_has_its_agreement(shape: str) -> None:
    left, right, expected = SHAPES[shape]
    assert pair_agreement(left, right) == pytest.approx(expected)
    assert pair_agreement(right, left) == pytest.approx(expected)
    assert pair_agreement(left, left) == pair_agreement(right, right) == 1.0


def test_marks_of_different_labels_never_agree() -> None:
    left = {"points": [{"label": "eye", "x": 0, "y": 0}]}
    assert pair_agreement(left, {"points": [{"label": "nose", "x": 0, "y": 0}]}) == 0.0


def test_two_answers_without_a_mark_agree_fully() -> None:
    for key in ("boxes", "polygons", "points", "spans", "segments", "cuboids"):
        assert pair_agreement({key: []}, {key: []}) == 1.0


def test_the_order_in_which_labels_were_chosen_makes_no_other_category() -> None:
    assert category({"labels": ["b", "a"]}) == category({"labels": ["a", "b"]})
    assert category({"label": "a"}) == "a"
    assert category({"x": 1, "y": 2}) == category({"y": 2, "x": 1})
