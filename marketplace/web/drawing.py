"""An answer on its item, drawn by the server: marks as SVG over the picture, spans in their text, and a list beside it
for every reader.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.jobs import clouds
from marketplace.jobs.models import Item, Media
from marketplace.jobs.practice_models import PracticeItem
from marketplace.jobs.queries import media_of_item
from marketplace.kernel.actor import Actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.media import media_link
from marketplace.web.views import DOTS_MAX, Point, Timeline, View, overhead, timeline
from marketplace.work.claiming import ClaimItem

TONES = 8  # classes "tone-0" to "tone-7" of the stylesheet
_LETTERS_ACROSS = 46  # a label's letters are this part of the picture's width, whatever its pixels
_LETTER_MIN = 6
_MARKS: Final = ("boxes", "polygons", "points", "spans", "segments", "cuboids")
_ON_PICTURES: Final = frozenset({"boxes", "polygons", "points"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of an answer: its number from 1, the label, a tone of the stylesheet, and what the answer says of it."""

    number: int
    label: str
    tone: int
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plate:
    """Where the label of a mark stands on the picture, in pixels."""

    mark: Mark
    x: int
    y: int
    width: int
    height: int
    letter: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and the marks that it lies in, of which `begins` are those that begin with it."""

    text: str
    marks: Sequence[Mark] = ()
    begins: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows of an item and an answer; `picture` and `sound` are links, None for items without one.

    `name` says what the marks are ("boxes", "polygons", "points", "spans", "segments", "cuboids", "" for an answer of
    another kind). `pieces` are the item's text with the spans in it, `views` a point cloud with its cuboids.
    """

    picture: str | None
    width: int
    height: int
    name: str
    marks: Sequence[Mark]
    content: Mapping[str, Any]
    answer: Mapping[str, Any]
    plates: Sequence[Plate] = field(default=())
    pieces: Sequence[Piece] = field(default=())
    sound: str | None = None
    duration_ms: int | None = None
    views: Sequence[View] = field(default=())

    @property
    def timeline(self) -> Timeline:
        """The segments on the line of time."""
        return timeline((mark.given for mark in self.marks), self.duration_ms)

    @property
    def letter(self) -> int:
        """The height of a letter on the picture in pixels."""
        return max(_LETTER_MIN, self.width // _LETTERS_ACROSS)

    @property
    def labels(self) -> list[str]:
        """The classes of an answer that chooses."""
        if "labels" in self.answer:
            return list(self.answer["labels"])
        return [self.answer["label"]] if "label" in self.answer else []


def draw(item: ClaimItem, content: Mapping[str, Any] | None, classes: Sequence[str], actor: Actor | None) -> Drawing:
    """The drawing of an answer's content on its item, or of the item alone.

    Without an actor there is no picture: a worker may not see it any more once the claim is over.
    """
    answer = content or {}
    name = next((name for name in _MARKS if name in answer), "")
    marks = marks_of(answer.get(name, ()), classes)
    width, height = item.width or 0, item.height or 0
    text = item.content.get("text")
    return Drawing(
        picture=media_link(item.id, actor) if actor is not None and width and height else None,
        width=width,
        height=height,
        name=name,
        marks=marks,
        content=item.content,
        answer=answer,
        plates=[_plate(mark, width, height) for mark in marks] if name in _ON_PICTURES and width and height else (),
        pieces=[] if text is None else pieces_of(text, marks if name == "spans" else ()),
        sound=media_link(item.id, actor) if actor is not None and item.duration_ms else None,
        duration_ms=item.duration_ms,
        views=cloud_views(item, answer.get("cuboids", ()), points=actor is not None) if name == "cuboids" else (),
    )


def cloud_views(item: ClaimItem, cuboids: Sequence[Mapping[str, Any]], *, points: bool = True) -> list[View]:
    """An item's point cloud, where it is there, with cuboids; without its `points` the cuboids alone."""
    return overhead(cloud_points(item.id, DOTS_MAX) if points and item.point_count else [], cuboids)


def cloud_points(item_id: uuid.UUID, most: int) -> list[Point]:
    """At most so many points of an item's cloud, in metres, spread over it; none where it cannot be read."""
    session = request_session()
    item = session.get(Item, item_id)
    media = media_of_item(session, item) if item is not None else _media_of_practice(session, item_id)
    if media is None or media.purged_at is not None:
        return []
    try:
        with closing(get_context().storage.open(media.storage_key)) as stream:
            data = stream.read()
        return clouds.sample(data, clouds.read_cloud(data, media.content_type), most)
    except (KeyError, clouds.CloudError):
        return []


def _media_of_practice(session: Session, item_id: uuid.UUID) -> Media | None:
    row = session.get_one(PracticeItem, item_id)
    return None if row.media_id is None else session.get_one(Media, row.media_id)


def marks_of(given: Iterable[Mapping[str, Any]], classes: Sequence[str]) -> list[Mark]:
    """The marks of a list in an answer; a tone for each class."""
    places = {label: place for place, label in enumerate(classes)}
    return [
        Mark(number, str(mark["label"]), places.get(str(mark["label"]), number) % TONES, mark)
        for number, mark in enumerate(given, start=1)
    ]


def _plate(mark: Mark, width: int, height: int) -> Plate:
    letter = max(_LETTER_MIN, width // _LETTERS_ACROSS)
    plate_width = len(f"{mark.number} {mark.label}") * letter * 2 // 3 + letter
    plate_height = letter * 3 // 2
    x, y = _top_of(mark.given)
    if "width" not in mark.given and "points" not in mark.given:
        x, y = x + letter // 2, y - letter // 2
    # The plate stands on the mark; where the picture ends it moves inside.
    above = y - plate_height
    return Plate(
        mark=mark,
        x=max(0, min(x, width - plate_width)),
        y=above if above >= 0 else max(0, min(y, height - plate_height)),
        width=plate_width,
        height=plate_height,
        letter=letter,
    )


def _top_of(given: Mapping[str, Any]) -> tuple[int, int]:
    if "points" in given:
        x, y = min(given["points"], key=lambda corner: (corner[1], corner[0]))
        return x, y
    return given["x"], given["y"]


def pieces_of(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """The text cut wherever a span begins or ends; what lies outside of it is passed over."""
    cuts = {0, len(text)} | {place for mark in marks for place in (mark.given["start"], mark.given["end"])}
    places = sorted(place for place in cuts if 0 <= place <= len(text))
    found = []
    for start, end in pairwise(places):
        inside = [mark for mark in marks if mark.given["start"] <= start and end <= mark.given["end"]]
        found.append(Piece(text[start:end], inside, [mark for mark in inside if mark.given["start"] == start]))
    return found
