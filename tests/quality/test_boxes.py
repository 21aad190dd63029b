from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.boxes import box_agreement, iou, match_boxes

boxes = st.builds(
    lambda label, x, y, width, height: {"label": label, "x": x, "y": y, "width": width, "height": height},
    st.sampled_from(["car", "tree"]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(1, 60),
    st.integers(1, 60),
)
answers = st.lists(boxes, max_size=6)


def box(x: int, y: int, width: int, height: int, label: str = "car") -> dict[str, Any]:
    return {"label": label, "x": x, "y": y, "width": width, "height": height}


def test_half_shifted_boxes_overlap_by_a_third() -> None:
    assert iou(box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(1 / 3)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert iou(box(0, 0, 10, 10), box(10, 0, 10, 10)) == 0.0


@given(boxes, boxes)
def test_overlap_is_symmetric_and_between_none_and_full(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert 0.0 <= iou(left, right) == iou(right, left) <= 1.0


@given(boxes)
def test_a_box_overlaps_itself_fully(one: dict[str, Any]) -> None:
    assert iou(one, one) == 1.0


@given(answers, answers)
def test_each_box_is_matched_at_most_once_and_only_with_its_label(
    left: list[dict[str, Any]], right: list[dict[str, Any]]
) -> None:
    matches = match_boxes(left, right)
    assert len({match.left for match in matches}) == len({match.right for match in matches}) == len(matches)
    assert all(left[match.left]["label"] == right[match.right]["label"] and match.iou >= 0.5 for match in matches)


@given(answers, answers)
def test_no_pair_left_over_could_still_be_matched(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    matches = match_boxes(left, right)
    free_left = set(range(len(left))) - {match.left for match in matches}
    free_right = set(range(len(right))) - {match.right for match in matches}
    assert not any(
        left[i]["label"] == right[j]["label"] and iou(left[i], right[j]) >= 0.5 for i in free_left for j in free_right
    )


@given(answers)
def test_an_answer_agrees_fully_with_itself(answer: list[dict[str, Any]]) -> None:
    assert box_agreement(answer, answer) == 1.0


@given(answers, answers)
def test_agreement_is_symmetric_and_between_none_and_full(
    left: list[dict[str, Any]], right: list[dict[str, Any]]
) -> None:
    assert box_agreement(left, right) == pytest.approx(box_agreement(right, left))
    assert 0.0 <= box_agreement(left, right) <= 1.0


def test_a_missing_box_costs_its_share() -> None:
    assert box_agreement([box(0, 0, 10, 10), box(50, 50, 10, 10)], [box(0, 0, 10, 10)]) == 0.5
