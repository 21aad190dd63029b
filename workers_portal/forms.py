"""A task is a form first: the fields of an answer, what was posted in them, and the answer that follows.

Field names are `<item number>.<field>` for a choice or a text, `<item number>.<field>.<index>` for the place of an
option in an order, and `<item number>.<field>.<row>.<part>` for a row of marks. What cannot be read keeps its text on
the page and gets an error at its field; nothing typed is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from marketplace.jobs.labels import FormField, ItemMeta, answer_errors
from marketplace.jobs.labels.kind import NOTHING_KNOWN
from marketplace.kernel.errors import FieldError
from marketplace.web.json_bodies import strict_json
from workers_portal.quoting import Quoting
from workers_portal.rows import SHAPES, Row, blank_row, quoting_of, row_of

BLANK_ROWS: Final = 3
COPIED: Final = frozenset({"boxes", "polygons", "points", "cuboids", "spans", "choice", "choices"})
"""Widgets whose fields may begin as those of the item before; nobody says twice the same in words of their own."""
_ROW: Final = re.compile(r"\.(\d{1,4})\.\w+$")

__all__ = ["BLANK_ROWS", "COPIED", "ItemForm", "answer_errors", "from_answer", "from_post"]


@dataclass
class ItemForm:
    """The form of one item: number on the page, the fields of its kind, what stands in them, what is wrong.

    `chosen` has the values of a field; of an order the place of each option, "" for none yet. `wrong` has what is
    wrong with such a field, `errors` what belongs to none.
    """

    number: int
    fields: list[FormField]
    quoting: Quoting
    rows: list[Row] = field(default_factory=list)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether anything in it is marked as wrong."""
        return bool(self.errors or self.wrong) or any(row.errors for row in self.rows)

    @property
    def row_widgets(self) -> frozenset[str]:
        """Widgets that are rows of marks."""
        return frozenset(SHAPES)

    @staticmethod
    def ruler(width: int) -> int:
        """A round number of pixels, of which some six make the width of the picture."""
        power: int = 10 ** max(len(str(width // 6)) - 1, 1)
        return max(width // 6 // power, 1) * power

    def show(self, errors: Iterable[FieldError]) -> None:
        """Put each error at its field; `pointer` is relative to the answer."""
        rows = self.marked
        widgets = {declared.name: declared.widget for declared in self.fields}
        for error in errors:
            name, *steps = error.pointer.strip("/").split("/")
            if widgets.get(name) in SHAPES and steps and steps[0].isdecimal() and int(steps[0]) < len(rows):
                row = rows[int(steps[0])]
                # What the form itself found wrong says more than that there is no number.
                if not row.errors:
                    row.errors[row.place(steps[1:])] = error.message
            elif widgets.get(name) in {"text", "order", "external"}:
                self.wrong.setdefault(name, error.message)
            else:
                self.errors.append(error.message)

    def answer(self) -> dict[str, Any]:
        """The answer as it stands. Numbers that cannot be read stay texts, for the label kind to refuse."""
        found: dict[str, Any] = {}
        for declared in self.fields:
            chosen = self.chosen.get(declared.name, [])
            if declared.widget in SHAPES:
                found[declared.name] = [row.mark(self.quoting) for row in self.marked]
            elif declared.widget == "choices":
                found[declared.name] = chosen
            elif declared.widget == "order":
                found[declared.name] = _order(declared, chosen)
            elif declared.widget == "external":
                found[declared.name] = _told(chosen[0] if chosen else "")
            elif chosen and chosen[0]:
                found[declared.name] = chosen[0]
        return found

    def readable(self) -> dict[str, Any]:
        """The answer with only what can be read, for a draft."""
        found = self.answer()
        for declared in self.fields:
            if declared.widget in SHAPES:
                kept = zip(self.marked, found[declared.name], strict=True)
                found[declared.name] = [mark for row, mark in kept if row.is_readable]
        return found

    def take_from(self, before: ItemForm) -> None:
        """Add the marks of another form that are not here yet, and choose what is chosen there."""
        rows = self.marked
        here = [row.values for row in rows]
        rows += [Row(row.widget, dict(row.values)) for row in before.marked if row.values not in here]
        most = max((declared.maximum for declared in self.fields if declared.widget in SHAPES), default=0)
        self.rows = rows[:most]
        self.chosen |= {name: list(chosen) for name, chosen in before.chosen.items() if chosen}
        _add_blank_rows(self, BLANK_ROWS)

    @property
    def marked(self) -> list[Row]:
        """Its rows in which something stands."""
        return [row for row in self.rows if not row.is_blank]


def _told(text: str) -> Any:
    """What a tool said; a text where that cannot be read."""
    try:
        return strict_json(text.encode())
    except ValueError:
        return text


def _order(declared: FormField, places: list[str]) -> list[str]:
    """The options by their places; one whose place is none, or also another's, is left out."""
    found = {option: place for option, place in zip(declared.options, places, strict=False) if place.isdecimal()}
    alone = {option: place for option, place in found.items() if list(found.values()).count(place) == 1}
    return sorted(alone, key=lambda option: int(alone[option][:4]))


def from_answer(
    number: int,
    fields: list[FormField],
    answer: Mapping[str, Any] | None,
    *,
    blank: int,
    item: ItemMeta = NOTHING_KNOWN,
) -> ItemForm:
    """The form showing an answer (a draft, or one sent back), with `blank` further rows for marks."""
    form = ItemForm(number, fields, quoting_of(item))
    given = answer or {}
    for declared in fields:
        value = given.get(declared.name)
        if declared.widget in SHAPES:
            form.rows = [row_of(declared.widget, mark, form.quoting) for mark in value or ()]
        elif declared.widget == "order":
            order = list(value or ())
            form.chosen[declared.name] = [
                str(order.index(option) + 1) if option in order else "" for option in declared.options
            ]
        elif declared.widget == "external":
            form.chosen[declared.name] = [] if value is None else [json.dumps(value)]
        elif value is not None:
            form.chosen[declared.name] = list(value) if isinstance(value, list) else [value]
    _add_blank_rows(form, blank)
    return form


def from_post(
    number: int,
    fields: list[FormField],
    posted: MultiDict[str, str],
    *,
    blank: int,
    item: ItemMeta = NOTHING_KNOWN,
) -> ItemForm:
    """The form showing what was posted."""
    form = ItemForm(number, fields, quoting_of(item))
    for declared in fields:
        name = f"{number}.{declared.name}"
        if declared.widget in SHAPES:
            form.rows = [row for row in _posted_rows(name, declared.widget, posted) if not row.is_blank]
        elif declared.widget == "order":
            places = [posted.get(f"{name}.{index}", "").strip() for index in range(len(declared.options))]
            form.chosen[declared.name] = places
        elif declared.widget == "text":
            # A form sends line ends as HTML has them; an answer has them as everybody else.
            form.chosen[declared.name] = [posted.get(name, "").replace("\r\n", "\n").strip()]
        else:
            form.chosen[declared.name] = posted.getlist(name)
    _add_blank_rows(form, blank)
    return form


def _posted_rows(name: str, widget: str, posted: MultiDict[str, str]) -> list[Row]:
    prefix = f"{name}."
    found = {int(match[1]) for sent in posted if sent.startswith(prefix) and (match := _ROW.search(sent))}
    return [
        Row(
            widget,
            {part.name: _typed(part.sort, posted.get(f"{prefix}{row}.{part.name}", "")) for part in SHAPES[widget]},
        )
        for row in sorted(found)
    ]


def _typed(sort: str, text: str) -> str:
    """The text of a field; of words the blanks around them count when they were there."""
    return text if sort == "words" else text.strip()


def _add_blank_rows(form: ItemForm, blank: int) -> None:
    rows = next((declared for declared in form.fields if declared.widget in SHAPES), None)
    if rows is None:
        return
    room = max(rows.maximum - len(form.rows), 0)
    form.rows += [blank_row(rows.widget) for _ in range(min(blank, room))]
