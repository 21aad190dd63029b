from itertools import permutations
from math import pi
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment as _loaded  # noqa: F401 - before Hypothesis measures how long each try takes

from marketplace.quality.geometry import IOU_MIN, area, box_iou, cuboid_iou, point_similarity, polygon_iou
from marketplace.quality.matching import Mark, match_marks, matched_share

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


def outline(of: Mark) -> dict[str, Any]:
    x, y, right, bottom = of["x"], of["y"], of["x"] + of["width"], of["y"] + of["height"]
    return {"label": of["label"], "points": [[x, y], [right, y], [right, bottom], [x, bottom]]}


def lying(of: Mark) -> dict[str, Any]:
    center = [of["x"] + of["width"] / 2, of["y"] + of["height"] / 2, 0]
    return {"label": of["label"], "center": center, "size": [of["width"], of["height"], 3], "yaw": 0}


def agreed(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> float:
    return matched_share(left, right, box_iou, IOU_MIN)


def test_half_shifted_boxes_overlap_by_a_third() -> None:
    assert box_iou(box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(1 / 3)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert box_iou(box(0, 0, 10, 10), box(10, 0, 10, 10)) == 0.0


@given(boxes, boxes)
def test_overlap_is_symmetric_and_between_none_and_full(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert 0.0 <= box_iou(left, right) == box_iou(right, left) <= 1.0


@given(boxes, boxes)
def test_polygons_and_cuboids_that_are_boxes_overlap_as_boxes_do(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert polygon_iou(outline(left), outline(right)) == pytest.approx(box_iou(left, right))
    assert cuboid_iou(lying(left), lying(right)) == pytest.approx(box_iou(left, right))


@given(answers, answers)
def test_each_mark_is_matched_at_most_once_and_only_with_its_label(
    left: list[dict[str, Any]], right: list[dict[str, Any]]
) -> None:
    matches = match_marks(left, right, box_iou, IOU_MIN)
    assert len({match.left for match in matches}) == len({match.right for match in matches}) == len(matches)
    assert all(left[match.left]["label"] == right[match.right]["label"] for match in matches)
    assert all(match.similarity >= IOU_MIN for match in matches)


@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=4), st.sampled_from([0.01, 0.5]))
def test_no_other_pairing_is_worth_more(
    left: list[dict[str, Any]], right: list[dict[str, Any]], iou_min: float
) -> None:
    def worth(i: int, j: int | None) -> float:
        if j is None or left[i]["label"] != right[j]["label"]:
            return 0.0
        overlap = box_iou(left[i], right[j])
        return overlap if overlap >= iou_min else 0.0

    places: list[int | None] = [*range(len(right)), *[None] * len(left)]
    best = max(sum(worth(i, j) for i, j in enumerate(chosen)) for chosen in permutations(places, len(left)))
    found = sum(match.similarity for match in match_marks(left, right, box_iou, iou_min))
    assert found == pytest.approx(best)


def test_the_best_pairing_may_leave_the_best_single_pair_out() -> None:
    """The pair that overlaps most is 0-0 here, but 0-1 with 1-0 is worth more: the greedy way would miss it."""
    left = [box(0, 0, 100, 10), box(40, 0, 100, 10)]
    right = [box(5, 0, 100, 10), box(0, 0, 75, 10)]
    pairs = {(match.left, match.right) for match in match_marks(left, right, box_iou, 0.1)}
    assert box_iou(left[0], right[0]) > max(box_iou(left[0], right[1]), box_iou(left[1], right[0]))
    assert pairs == {(0, 1), (1, 0)}


@given(answers)
def test_an_answer_agrees_fully_with_itself(answer: list[dict[str, Any]]) -> None:
    assert agreed(answer, answer) == pytest.approx(1.0)


@given(answers, answers)
def test_agreement_is_symmetric_and_between_none_and_full(
    left: list[dict[str, Any]], right: list[dict[str, Any]]
) -> None:
    assert agreed(left, right) == pytest.approx(agreed(right, left))
    assert 0.0 <= agreed(left, right) <= 1.0


def test_a_missing_box_costs_its_share() -> None:
    assert agreed([box(0, 0, 10, 10), box(50, 50, 10, 10)], [box(0, 0, 10, 10)]) == 0.5


def test_the_notch_of_a_concave_polygon_is_not_part_of_it() -> None:
    notched = [[0, 0], [10, 0], [10, 10], [5, 5], [0, 10]]
    assert area(notched) == pytest.approx(75)
    assert area(notched, [[3, 8], [7, 8], [7, 10], [3, 10]]) == pytest.approx(0.0)
    square = [[0, 0], [10, 0], [10, 10], [0, 10]]
    assert polygon_iou({"points": notched}, {"points": square}) == pytest.approx(0.75)


def test_a_polygon_that_crosses_itself_has_the_area_it_goes_around() -> None:
    bow = [[0, 0], [10, 10], [10, 0], [0, 10]]
    assert area(bow) == pytest.approx(50)
    assert polygon_iou({"points": bow}, {"points": [[0, 0], [10, 0], [10, 10], [0, 10]]}) == pytest.approx(0.5)


def test_polygons_go_around_either_way() -> None:
    points = [[0.5, 0.5], [8.25, 0], [8, 8.75]]
    assert polygon_iou({"points": points}, {"points": points[::-1]}) == pytest.approx(1.0)


def test_a_polygon_without_an_area_overlaps_nothing_but_its_equal() -> None:
    line = {"points": [[0, 0], [10, 0], [5, 0]]}
    assert polygon_iou(line, line) == 1.0
    assert polygon_iou(line, {"points": [[0, 0], [10, 0], [10, 10]]}) == 0.0
    assert polygon_iou({"points": [[1, 1], [1, 1], [1, 1]]}, line) == 0.0


def test_points_agree_less_the_farther_they_are_apart() -> None:
    here = {"x": 0, "y": 0}
    assert point_similarity(here, {"x": 0, "y": 0}) == 1.0
    assert point_similarity(here, {"x": 6, "y": 8}) == pytest.approx(0.5)
    assert point_similarity(here, {"x": 300, "y": 400}) == 0.0


def test_a_cuboid_turned_by_half_or_by_a_quarter_with_its_sides_swapped_is_the_same() -> None:
    cuboid = {"center": [5, 5, 1], "size": [4, 2, 2], "yaw": 0.3}
    assert cuboid_iou(cuboid, {**cuboid, "yaw": 0.3 + pi}) == pytest.approx(1.0, abs=1e-3)
    assert cuboid_iou(cuboid, {**cuboid, "size": [2, 4, 2], "yaw": 0.3 + pi / 2}) == pytest.approx(1.0, abs=1e-3)
    assert cuboid_iou(cuboid, {**cuboid, "yaw": 0.3 + pi / 2}) == pytest.approx(1 / 3, abs=1e-3)
    assert cuboid_iou(cuboid, {**cuboid, "center": [5, 5, 3.5]}) == 0.0
