"""Small drawn street scenes for the demo market, with the boxes a careful worker would draw.

Every scene follows from its number alone, so that the demo looks the same on every machine.
"""

from __future__ import annotations

import functools
import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

WIDTH = 320
HEIGHT = 200
HORIZON = 118
LABELS = ("car", "person", "traffic_light")

_SKIES = ("#bcd9ee", "#d7e6ef", "#f1d9b8", "#9fb7cf")
_WALLS = ("#b79a83", "#8f9aa5", "#c9b48f", "#a3786a", "#7f8b78", "#b9b2a8")
_PAINTS = ("#b0302c", "#2c5fa8", "#e3b23c", "#3c7d4f", "#e8e8e6", "#3a3d42")
_CLOTHES = ("#d1495b", "#00798c", "#edae49", "#30638e", "#3d3d3d")


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled rectangle, in whole pixels from the top left corner."""

    label: str
    x: int
    y: int
    width: int
    height: int

    def to_answer(self) -> dict[str, int | str]:
        """Return the box as the label kind `image_boxes` wants it."""
        return {
            "label": self.label,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """A PNG of WIDTH x HEIGHT pixels and the boxes of everything drawn on it."""

    png: bytes
    boxes: tuple[Box, ...]


@functools.cache  # drawn once to be posted, and looked at again for its boxes
def draw_scene(number: int) -> Scene:
    """Draw the scene of this number."""
    dice = random.Random(number)  # noqa: S311 - a picture, not a secret
    image = Image.new("P", (WIDTH, HEIGHT), dice.choice(_SKIES))
    pen = ImageDraw.Draw(image)
    _draw_street(pen, dice)
    boxes = [_draw_car(pen, dice, lane) for lane in range(dice.randint(1, 3))]
    boxes += [_draw_person(pen, dice) for _ in range(dice.randint(0, 3))]
    if dice.random() < 0.6:
        boxes.append(_draw_traffic_light(pen, dice))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return Scene(stream.getvalue(), tuple(boxes))


def _draw_street(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    left = 0
    while left < WIDTH:
        wide = dice.randint(34, 70)
        top = dice.randint(18, 74)
        pen.rectangle((left, top, left + wide, HORIZON), fill=dice.choice(_WALLS))
        for x in range(left + 6, left + wide - 8, 13):
            for y in range(top + 8, HORIZON - 14, 16):
                pen.rectangle((x, y, x + 6, y + 8), fill="#f6e7a8" if dice.random() < 0.3 else "#5c6873")
        left += wide + dice.randint(0, 5)
    pen.rectangle((0, HORIZON, WIDTH, HORIZON + 16), fill="#b8b3aa")
    pen.rectangle((0, HORIZON + 16, WIDTH, HEIGHT), fill="#55585c")
    for x in range(-10, WIDTH, 44):
        pen.rectangle((x, 166, x + 22, 169), fill="#e9e4d4")


def _draw_car(pen: ImageDraw.ImageDraw, dice: random.Random, lane: int) -> Box:
    wide, high = dice.randint(58, 78), dice.randint(26, 32)
    x = min(8 + lane * 104 + dice.randint(0, 24), WIDTH - wide - 2)
    y = dice.choice((136, 142, 164))
    pen.rounded_rectangle((x, y + high // 3, x + wide, y + high - 5), 5, fill=dice.choice(_PAINTS))
    pen.polygon(
        (
            (x + wide // 5, y + high // 3 + 1),
            (x + wide // 3, y),
            (x + 3 * wide // 4, y),
            (x + 7 * wide // 8, y + high // 3 + 1),
        ),
        fill="#cfe3ee",
    )
    for wheel in (x + wide // 5, x + 4 * wide // 5):
        pen.ellipse((wheel - 6, y + high - 11, wheel + 6, y + high), fill="#1e1f22")
    return Box("car", x, y, wide, high)


def _draw_person(pen: ImageDraw.ImageDraw, dice: random.Random) -> Box:
    high = dice.randint(26, 34)
    wide = high // 3 + 2
    x = dice.randint(4, WIDTH - wide - 4)
    y = HORIZON + 15 - high
    pen.ellipse((x + wide // 4, y, x + 3 * wide // 4, y + wide // 2), fill="#c68f68")
    pen.rounded_rectangle((x, y + wide // 2, x + wide, y + 2 * high // 3), 3, fill=dice.choice(_CLOTHES))
    pen.rectangle((x + 1, y + 2 * high // 3, x + wide // 2 - 1, y + high), fill="#2d3142")
    pen.rectangle((x + wide // 2 + 1, y + 2 * high // 3, x + wide - 1, y + high), fill="#2d3142")
    return Box("person", x, y, wide, high)


def _draw_traffic_light(pen: ImageDraw.ImageDraw, dice: random.Random) -> Box:
    x, y = dice.randint(20, WIDTH - 30), dice.randint(56, 70)
    pen.rectangle((x + 5, y + 30, x + 7, HORIZON + 8), fill="#33363a")
    pen.rounded_rectangle((x, y, x + 12, y + 30), 2, fill="#1b1d1f")
    lit = dice.randrange(3)
    for place, colour in enumerate(("#e5383b", "#f4a300", "#2fae60")):
        top = y + 2 + place * 9
        pen.ellipse((x + 2, top, x + 10, top + 8), fill=colour if place == lit else "#3b3f42")
    return Box("traffic_light", x, y, 12, 30)
