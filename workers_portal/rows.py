"""Rows of a form, each one mark of an answer: what a person types in their fields, and the mark that follows.

What cannot be read stays a text in the mark, for the label kind to refuse at its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


Read = Callable[[str], Any]
_READ: Final[Mapping[str, Read]] = {"label": str, "whole": _whole, "corners": _corners, "words": str, "nth": str}
_WRITE: Final[Mapping[str, Callable[[Any], str]]] = {"corners": _corners_text}


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a row: its name, how its text is read ("label", "whole", "corners", "words", "nth"), and where its
    value stands in the mark.
    """

    name: str
    sort: str
    at: tuple[str | int, ...]

    @property
    def fills(self) -> bool:
        """Whether text in it makes the row a mark; a chosen label alone does not yet."""
        return self.sort not in {"label", "nth"}


def _plain(*parts: tuple[str, str]) -> tuple[Part, ...]:
    return tuple(Part(name, sort, (name,)) for name, sort in parts)


SHAPES: Final[Mapping[str, tuple[Part, ...]]] = {
    "boxes": _plain(("label", "label"), ("x", "whole"), ("y", "whole"), ("width", "whole"), ("height", "whole")),
    "polygons": _plain(("label", "label"), ("points", "corners")),
    "points": _plain(("label", "label"), ("x", "whole"), ("y", "whole")),
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
            _put(found, part.at, _READ[part.sort](self.values[part.name]))
        return found

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
        found = {part.name: _READ[part.sort](self.values[part.name]) for part in self.parts}
        readable = all(not isinstance(found[part.name], str) for part in self.parts if part.sort != "label")
        return found if readable and not self.is_blank else None

    def place(self, steps: Sequence[str]) -> str:
        """The field that an error at these steps of a pointer into the mark belongs to."""
        for part in self.parts:
            if [str(step) for step in part.at] == list(steps[: len(part.at)]):
                return part.name
        return next(part.name for part in self.parts if part.fills) if steps[:1] == ["end"] else "label"


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
            value = value[step]
        values[part.name] = _WRITE.get(part.sort, str)(value)
    return Row(widget, values)


def quoting_of(item: ItemMeta) -> Quoting:
    """What finds words in the item's text."""
    return Quoting((item.content or {}).get("text", ""))
