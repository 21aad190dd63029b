"""Sounds and point clouds as flat drawings: a line of time with its segments, and a cloud from above and from the side.

Numbers here are for drawing alone, so fractions are rounded wherever that is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

TIME_WIDTH: Final = 1000
LANE: Final = 34
DOTS_MAX: Final = 3000

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """A segment on the line of time: where it begins and how wide it is, and the lane that keeps it off others."""

    index: int
    x: int
    width: int
    lane: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The segments of a sound on a line `TIME_WIDTH` wide; `ticks` are places and what stands there, as m:ss."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[int, str]]
    lanes: int

    @property
    def height(self) -> int:
        """With a line for the ticks."""
        return self.lanes * LANE + 30


def timeline(segments: Iterable[Mapping[str, Any]], duration_ms: int | None) -> Timeline:
    """The line of time of an answer's segments."""
    found = list(segments)
    whole = max([duration_ms or 1, *(one["end_ms"] for one in found)])
    ends: list[int] = []
    bars = {}
    for index in sorted(range(len(found)), key=lambda index: found[index]["start_ms"]):
        start, end = found[index]["start_ms"], found[index]["end_ms"]
        lane = next((lane for lane, busy in enumerate(ends) if busy <= start), len(ends))
        ends[lane : lane + 1] = [end]
        x = start * TIME_WIDTH // whole
        bars[index] = Bar(index, x, max(end * TIME_WIDTH // whole - x, 2), lane)
    step = _step(whole / 1000 / 5)
    seconds = [tick * step for tick in range(int(whole / 1000 / step) + 1)]
    ticks = [(int(second * 1000 * TIME_WIDTH / whole), clock(int(second * 1000))) for second in seconds]
    return Timeline([bars[index] for index in range(len(found))], ticks[:40], max(len(ends), 1))


def clock(milliseconds: int) -> str:
    """A time in a sound, "1:02.5"."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest // 1000:02}" + f".{rest % 1000:03}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class View:
    """A cloud seen along one axis, in centimetres: the box of the SVG, a path of dots, outlines, and a grid.

    `along` names the upward axis, which is drawn `stretched` times as long as the other, x; `grid` and `grid_along`
    have the lines of each with what stands at them in metres.
    """

    along: str
    stretched: int
    box: tuple[int, int, int, int]
    dots: str
    outlines: Sequence[str]
    grid: Sequence[tuple[int, str]]
    grid_along: Sequence[tuple[int, str]]

    @property
    def letter(self) -> int:
        """The height of a letter."""
        return max(self.box[2] // 30, 1)


def overhead(points: Sequence[Point], cuboids: Sequence[Mapping[str, Any]]) -> list[View]:
    """A cloud with its cuboids from above (x, y) and from the side (x, z)."""
    return [
        _view("y", [(x, y) for x, y, _ in points], [_footprint(one) for one in cuboids]),
        _view("z", [(x, z) for x, _, z in points], [_profile(one) for one in cuboids]),
    ]


def _footprint(cuboid: Mapping[str, Any]) -> list[tuple[float, float]]:
    (x, y, _), (length, width, _) = cuboid["center"], cuboid["size"]
    cosine, sine = math.cos(cuboid["yaw"] / 1000), math.sin(cuboid["yaw"] / 1000)
    corners = [(length / 2, width / 2), (-length / 2, width / 2), (-length / 2, -width / 2), (length / 2, -width / 2)]
    return [((x + a * cosine - b * sine) / 1000, (y + a * sine + b * cosine) / 1000) for a, b in corners]


def _profile(cuboid: Mapping[str, Any]) -> list[tuple[float, float]]:
    across = [x for x, _ in _footprint(cuboid)]
    low, high = ((cuboid["center"][2] + side * cuboid["size"][2] / 2) / 1000 for side in (-1, 1))
    return [(min(across), low), (max(across), low), (max(across), high), (min(across), high)]


def _view(along: str, dots: Sequence[tuple[float, float]], outlines: Sequence[Sequence[tuple[float, float]]]) -> View:
    # A few points far off, as sensors make them, would leave nothing but a speck of the rest.
    near = [_middle([x for x, _ in dots]), _middle([y for _, y in dots])] if dots else [(), ()]
    xs = [*near[0], *(x for outline in outlines for x, _ in outline)] or [0.0, 1.0]
    ys = [*near[1], *(y for outline in outlines for _, y in outline)] or [0.0, 1.0]
    width = max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
    # Streets are long and flat: seen from the side there would be nothing to tell apart.
    height = max(max(ys) - min(ys), 0.1)
    stretched = max(1, round(width / 4 / height)) if along == "z" else 1
    margin, over = width * 0.05, max(width * 0.05 / stretched, height * 0.1)
    left, right, low, high = min(xs) - margin, max(xs) + margin, min(ys) - over, max(ys) + over
    inside = [(x, y) for x, y in dots if left <= x <= right and low <= y <= high]
    step = _step((right - left) / 8)
    step_along = _step((high - low) / 5) if stretched > 1 else step
    return View(
        along,
        stretched,
        (_cm(left), _cm(-high * stretched), _cm(right - left), _cm((high - low) * stretched)),
        "".join(f"M{_cm(x)} {_cm(-y * stretched)}h0" for x, y in inside),
        [" ".join(f"{_cm(x)},{_cm(-y * stretched)}" for x, y in outline) for outline in outlines],
        [(_cm(x), f"{x:g}") for x in _lines(left, right, step)],
        [(_cm(-y * stretched), f"{y:g}") for y in _lines(low, high, step_along)],
    )


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest, without one in a hundred at either end."""
    ordered = sorted(values)
    cut = len(ordered) // 100
    return ordered[cut], ordered[-1 - cut]


def _lines(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(low / step)
    return [number * step for number in range(first, min(math.floor(high / step), first + 60) + 1)]


def _step(about: float) -> float:
    """A round number near it: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(about, 0.001)))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= about)


def _cm(metres: float) -> int:
    return round(metres * 100)
