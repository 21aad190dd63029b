"""Rows of a form, each one mark of an answer: what a person types in their fields, and the mark that follows.

What cannot be read stays a text in the mark, for the label kind to refuse at its field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from flask_babel import gettext as _

from marketplace.jobs.labels import ItemMeta
from workers_portal.quoting import Quoting

_DIGITS_MAX: Final = 15
_CORNER: Final = re.compile(r"\(?\s*(\d{1,7})\s*[,;]\s*(\d{1,7})\s*\)?[\s,;]*")


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else text


def _corners(text: str) -> list[list[int]] | str:
    found, at = [], 0
    while at < len(text):
        match = _CORNER.match(text, at)
        if match is None:
            return text
        found.append([int(match[1]), int(match[2])])
        at = match.end()
    return found


def _corners_text(corners: Sequence[Sequence[int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)


_TIME: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,5})(?:[.,](\d{1,3}))?")


def _time(text: str) -> int | str:
    """Milliseconds of "75.5" or "1:15.5"."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    minutes, seconds, rest = match[1] or "0", match[2], (match[3] or "").ljust(3, "0")
    return (int(minutes) * 60 + int(seconds)) * 1000 + int(rest)


def _time_text(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    seconds = f"{rest // 1000:02}.{rest % 1000:03}".rstrip("0").rstrip(".")
    return f"{minutes}:{seconds}" if minutes else seconds.removeprefix("0") if rest >= 1000 else seconds[1:]


_DECIMAL: Final = re.compile(r"[-+\u2212]?\d{1,9}(?:[.,]\d{1,6})?")


def _decimal(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".").replace("\u2212", "-")) if _DECIMAL.fullmatch(text) else None


def _metres(text: str) -> int | str:
    """Millimetres; what is finer is rounded."""
    found = _decimal(text)
    return text if found is None else round(found * 1000)


def _metres_text(millimetres: int) -> str:
    return f"{Decimal(millimetres) / 1000:f}"


def _degrees(text: str) -> int | str:
    """Milliradians; hundredths of a degree are finer than these."""
    found = _decimal(text or "0")
    return text if found is None else round(math.radians(float(found)) * 1000)


def _degrees_text(milliradians: int) -> str:
    found = (f"{math.degrees(milliradians / 1000):.{places}f}" for places in range(3))
    return next(text for text in found if _degrees(text) == milliradians)


Read = Callable[[str], Any]
_READ: Final[Mapping[str, Read]] = {
    "label": str,
    "whole": _whole,
    "corners": _corners,
    "words": str,
    "nth": str,
    "time": _time,
    "said": str,
    "metres": _metres,
    "degrees": _degrees,
}
_WRITE: Final[Mapping[str, Callable[[Any], str]]] = {
    "corners": _corners_text,
    "time": _time_text,
    "metres": _metres_text,
    "degrees": _degrees_text,
}
_TEXTS: Final = frozenset({"label", "nth", "said"})
"""Fields whose value is a text in the mark too."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a row: its name, how its text is read (a key of `_READ`), and where its value stands in the mark."""

    name: str
    sort: str
    at: tuple[str | int, ...]

    @property
    def fills(self) -> bool:
        """Whether text in it makes the row a mark; a chosen label alone does not yet."""
        return self.sort not in {"label", "nth"}

    @property
    def is_optional(self) -> bool:
        """Whether the mark has nothing at its place where nothing is written."""
        return self.sort == "said"


def _plain(*parts: tuple[str, str]) -> tuple[Part, ...]:
    return tuple(Part(name, sort, (name,)) for name, sort in parts)


_SEGMENT: Final = (Part("start", "time", ("start_ms",)), Part("end", "time", ("end_ms",)))

SHAPES: Final[Mapping[str, tuple[Part, ...]]] = {
    "boxes": _plain(("label", "label"), ("x", "whole"), ("y", "whole"), ("width", "whole"), ("height", "whole")),
    "polygons": _plain(("label", "label"), ("points", "corners")),
    "points": _plain(("label", "label"), ("x", "whole"), ("y", "whole")),
    "segments": (Part("label", "label", ("label",)), *_SEGMENT),
    "spoken_segments": (Part("label", "label", ("label",)), *_SEGMENT, Part("transcript", "said", ("transcript",))),
    "cuboids": (
        Part("label", "label", ("label",)),
        *(Part(name, "metres", ("center", place)) for place, name in enumerate("xyz")),
        *(Part(name, "metres", ("size", place)) for place, name in enumerate(("length", "width", "height"))),
        Part("yaw", "degrees", ("yaw",)),
    ),
    "spans": (Part("label", "label", ("label",)), Part("words", "words", ("start",)), Part("nth", "nth", ("nth",))),
}
"""The fields of a row by the widget of the form."""


@dataclass
class Row:
    """One row: what stands in its fields, and what is wrong there."""

    widget: str
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its fields in order."""
        return SHAPES[self.widget]

    @property
    def is_blank(self) -> bool:
        """Whether nobody has put anything here."""
        return not any(self.values[part.name].strip() for part in self.parts if part.fills)

    def mark(self, quoting: Quoting) -> dict[str, Any]:
        """The mark as it stands; an error is noted here where only the form can say what is wrong."""
        if self.widget == "spans":
            return self._span(quoting)
        found: dict[str, Any] = {}
        for part in self.parts:
            if self.values[part.name] or not part.is_optional:
                _put(found, part.at, _READ[part.sort](self.values[part.name]))
        return found

    @property
    def is_readable(self) -> bool:
        """Whether every number in it can be read."""
        if self.widget == "spans":
            return not self.errors
        return not any(
            isinstance(_READ[part.sort](self.values[part.name]), str) for part in self.parts if part.sort not in _TEXTS
        )

    def _span(self, quoting: Quoting) -> dict[str, Any]:
        nth = _whole(self.values["nth"] or "1")
        found = quoting.find(self.values["words"], nth) if isinstance(nth, int) and nth > 0 else None
        if found is None:
            where = "nth" if quoting.find(self.values["words"]) else "words"
            self.errors[where] = (
                _("They do not stand in the text so often.")
                if where == "nth"
                else _("These words do not stand in the text exactly so; copy them from it.")
            )
        start, end = found or ("", "")
        return {"label": self.values["label"], "start": start, "end": end}

    @property
    def drawn(self) -> Mapping[str, Any] | None:
        """The mark for drawing it over the picture, where every field can be read."""
        if self.is_blank or not self.is_readable:
            return None
        return {part.name: _READ[part.sort](self.values[part.name]) for part in self.parts}

    def place(self, steps: Sequence[str]) -> str:
        """The field that an error at these steps of a pointer into the mark belongs to."""
        for part in self.parts:
            if [str(step) for step in part.at] == list(steps[: len(part.at)]):
                return part.name
        if self.widget == "spans" and steps[:1] == ["end"]:
            return "words"
        return "label"


def _put(mark: dict[str, Any], at: tuple[str | int, ...], value: Any) -> None:
    if len(at) == 1:
        mark[str(at[0])] = value
    else:
        mark.setdefault(str(at[0]), []).append(value)


def blank_row(widget: str) -> Row:
    """A row with nothing in it."""
    return Row(widget, {part.name: "" for part in SHAPES[widget]})


def row_of(widget: str, mark: Mapping[str, Any], quoting: Quoting) -> Row:
    """The row that shows a mark."""
    if widget == "spans":
        words, nth = quoting.quote(mark["start"], mark["end"])
        return Row(widget, {"label": mark["label"], "words": words, "nth": "" if nth == 1 else str(nth)})
    values = {}
    for part in SHAPES[widget]:
        value: Any = mark
        for step in part.at:
            value = value.get(step, "") if isinstance(value, Mapping) else value[step]
        values[part.name] = _WRITE.get(part.sort, str)(value)
    return Row(widget, values)


def quoting_of(item: ItemMeta) -> Quoting:
    """What finds words in the item's text."""
    return Quoting((item.content or {}).get("text", ""))
