"""An answer on its item, drawn by the server: boxes as SVG over the picture, with a list beside it for every reader."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.actor import Actor
from marketplace.web.media import media_link
from marketplace.work.claiming import ClaimItem

TONES = 8  # classes "tone-0" to "tone-7" of the stylesheet
_LETTERS_ACROSS = 46  # a label's letters are this part of the picture's width, whatever its pixels
_LETTER_MIN = 6


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box in pixels, with where its label's plate goes."""

    number: int
    label: str
    x: int
    y: int
    width: int
    height: int
    tone: int
    plate_x: int
    plate_y: int
    plate_width: int
    plate_height: int
    letter: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows of an item and an answer; `picture` is a link, None for items without one."""

    picture: str | None
    width: int
    height: int
    boxes: Sequence[DrawnBox]
    text: str | None
    labels: Sequence[str]


def draw(item: ClaimItem, content: Mapping[str, Any] | None, classes: Sequence[str], actor: Actor) -> Drawing:
    """The drawing of an answer's content on its item, or of the item alone."""
    answer = content or {}
    width, height = item.width or 0, item.height or 0
    boxes = [
        _box(number, box, list(classes), width, height) for number, box in enumerate(answer.get("boxes", ()), start=1)
    ]
    return Drawing(
        picture=_picture(item, actor) if width and height else None,
        width=width,
        height=height,
        boxes=boxes,
        text=item.content.get("text"),
        labels=list(answer.get("labels", ())) or [answer["label"]] if "label" in answer or "labels" in answer else [],
    )


def _picture(item: ClaimItem, actor: Actor) -> str | None:
    return media_link(uuid.UUID(bytes=item.id.bytes), actor)


def _box(number: int, box: Mapping[str, Any], classes: list[str], width: int, height: int) -> DrawnBox:
    label = str(box["label"])
    letter = max(_LETTER_MIN, width // _LETTERS_ACROSS)
    plate_width = len(f"{number} {label}") * letter * 2 // 3 + letter
    plate_height = letter * 3 // 2
    # The plate stands on the box; where the picture ends it moves inside.
    above = box["y"] - plate_height
    return DrawnBox(
        number=number,
        label=label,
        x=box["x"],
        y=box["y"],
        width=box["width"],
        height=box["height"],
        tone=(classes.index(label) if label in classes else number) % TONES,
        plate_x=max(0, min(box["x"], width - plate_width)),
        plate_y=above if above >= 0 else max(0, min(box["y"], height - plate_height)),
        plate_width=plate_width,
        plate_height=plate_height,
        letter=letter,
    )
