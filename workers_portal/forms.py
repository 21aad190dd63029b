"""A task is a form first: the fields of an answer, what was posted in them, and the answer that follows.

Field names are `<item number>.<field>` for a choice and `<item number>.boxes.<row>.<part>` for a row of
boxes. What cannot be read keeps its text on the page and gets an error at its field; nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from marketplace.jobs.labels import FormField
from marketplace.kernel.errors import FieldError

BOX_PARTS: Final = ("label", "x", "y", "width", "height")
BLANK_ROWS: Final = 3
_ROW = re.compile(r"\.boxes\.(\d{1,4})\.\w+$")


@dataclass
class BoxRow:
    """One row of the boxes widget: what stands in its fields, and what is wrong there."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether nobody has put numbers here; a chosen label alone is not an answer yet."""
        return not any(self.values[part] for part in BOX_PARTS[1:])

    @property
    def is_drawable(self) -> bool:
        """Whether the server can draw it over the image."""
        return all(self.values[part].isdecimal() for part in BOX_PARTS[1:])


@dataclass
class ItemForm:
    """The form of one item: number on the page, the fields of its kind, what stands in them, what is wrong."""

    number: int
    fields: list[FormField]
    rows: list[BoxRow] = field(default_factory=list)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether anything in it is marked as wrong."""
        return bool(self.errors) or any(row.errors for row in self.rows)

    def show(self, errors: Iterable[FieldError]) -> None:
        """Put each error at its field; `pointer` is relative to the answer."""
        rows = [row for row in self.rows if not row.is_blank]
        for error in errors:
            steps = error.pointer.strip("/").split("/")
            if steps[0] == "boxes" and len(steps) > 1 and steps[1].isdecimal() and int(steps[1]) < len(rows):
                rows[int(steps[1])].errors[steps[2] if len(steps) > 2 else "label"] = error.message
            else:
                self.errors.append(error.message)

    def answer(self) -> dict[str, Any]:
        """The answer as it stands. Numbers that cannot be read stay texts, for the label kind to refuse."""
        found: dict[str, Any] = {}
        for declared in self.fields:
            if declared.widget == "boxes":
                found[declared.name] = [_box(row) for row in self.rows if not row.is_blank]
            elif declared.widget == "choices":
                found[declared.name] = self.chosen.get(declared.name, [])
            elif self.chosen.get(declared.name):
                found[declared.name] = self.chosen[declared.name][0]
        return found

    def readable(self) -> dict[str, Any]:
        """The answer with only what can be read, for a draft."""
        found = self.answer()
        for declared in self.fields:
            if declared.widget == "boxes":
                found[declared.name] = [
                    box for box in found[declared.name] if all(isinstance(box[part], int) for part in BOX_PARTS[1:])
                ]
        return found


def _box(row: BoxRow) -> dict[str, Any]:
    numbers = {
        part: int(row.values[part]) if row.values[part].isdecimal() else row.values[part] for part in BOX_PARTS[1:]
    }
    return {"label": row.values["label"], **numbers}


def from_answer(number: int, fields: list[FormField], answer: Mapping[str, Any] | None, *, blank: int) -> ItemForm:
    """The form showing an answer (a draft, or one sent back), with `blank` further rows for boxes."""
    form = ItemForm(number, fields)
    given = answer or {}
    for declared in fields:
        value = given.get(declared.name)
        if declared.widget == "boxes":
            form.rows = [BoxRow({part: str(box.get(part, "")) for part in BOX_PARTS}) for box in value or ()]
        elif value is not None:
            form.chosen[declared.name] = list(value) if isinstance(value, list) else [value]
    _add_blank_rows(form, blank)
    return form


def from_post(number: int, fields: list[FormField], posted: MultiDict[str, str], *, blank: int) -> ItemForm:
    """The form showing what was posted."""
    form = ItemForm(number, fields)
    for declared in fields:
        if declared.widget == "boxes":
            form.rows = [row for row in _posted_rows(number, posted) if not row.is_blank]
        else:
            form.chosen[declared.name] = posted.getlist(f"{number}.{declared.name}")
    _add_blank_rows(form, blank)
    return form


def _posted_rows(number: int, posted: MultiDict[str, str]) -> list[BoxRow]:
    prefix = f"{number}.boxes."
    found = {int(match[1]) for name in posted if name.startswith(prefix) and (match := _ROW.search(name))}
    return [
        BoxRow({part: posted.get(f"{prefix}{row}.{part}", "").strip() for part in BOX_PARTS}) for row in sorted(found)
    ]


def _add_blank_rows(form: ItemForm, blank: int) -> None:
    boxes = next((declared for declared in form.fields if declared.widget == "boxes"), None)
    if boxes is None:
        return
    room = max(boxes.maximum - len(form.rows), 0)
    form.rows += [BoxRow(dict.fromkeys(BOX_PARTS, "")) for _ in range(min(blank, room))]
