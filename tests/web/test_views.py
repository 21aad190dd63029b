"""Sounds and point clouds drawn flat."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.web.views import DOTS_MAX, TIME_WIDTH, clock, overhead, timeline

segments = st.lists(
    st.tuples(st.integers(0, 9000), st.integers(1, 900)).map(lambda one: {"start_ms": one[0], "end_ms": sum(one)}),
    max_size=20,
)
metres = st.floats(-1e4, 1e4)
cuboids = st.lists(
    st.fixed_dictionaries(
        {
            "center": st.lists(st.integers(-(10**7), 10**7), min_size=3, max_size=3),
            "size": st.lists(st.integers(1, 10**6), min_size=3, max_size=3),
            "yaw": st.integers(-3142, 3142),
        }
    ),
    max_size=5,
)


@given(segments)
def test_segments_in_one_lane_never_overlap_and_stay_on_the_line(found: list[dict[str, int]]) -> None:
    line = timeline(found, 10_000)
    assert len(line.bars) == len(found)
    for left, right in itertools.combinations(line.bars, 2):
        one, other = found[left.index], found[right.index]
        if left.lane == right.lane:
            assert one["end_ms"] <= other["start_ms"] or other["end_ms"] <= one["start_ms"]
    assert all(0 <= bar.x < TIME_WIDTH and bar.x + bar.width <= TIME_WIDTH + 2 for bar in line.bars)
    assert all(0 <= bar.lane < line.lanes for bar in line.bars)


def test_times_are_written_as_clocks_show_them() -> None:
    assert [clock(time) for time in (0, 3800, 62_500, 3_600_001)] == ["0:00", "0:03.8", "1:02.5", "60:00.001"]


@given(st.lists(st.tuples(metres, metres, metres), max_size=50), cuboids)
def test_every_cuboid_lies_inside_both_drawings(points: list[Any], found: list[dict[str, Any]]) -> None:
    for view in overhead(points, found):
        left, top, width, height = view.box
        assert width > 0
        assert height > 0
        assert view.dots.count("M") <= min(len(points), DOTS_MAX)
        for outline in view.outlines:
            for x, y in (corner.split(",") for corner in outline.split()):
                assert left - 1 <= int(x) <= left + width + 1
                assert top - view.stretched <= int(y) <= top + height + view.stretched


def test_a_cuboid_is_turned_against_the_clock_as_seen_from_above() -> None:
    cuboid = {"center": [0, 0, 500], "size": [2000, 1000, 1000], "yaw": 1571}
    above, side = overhead([], [cuboid])
    across = sorted(int(corner.split(",")[0]) for corner in above.outlines[0].split())
    assert across == [-50, -50, 50, 50]
    assert (above.along, side.along) == ("y", "z")
