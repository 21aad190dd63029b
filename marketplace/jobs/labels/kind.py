"""What every kind of labeling can do, and the checks they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from marketplace.kernel.errors import FieldError

CLASSES_MAX: Final = 500
CLASS_LENGTH_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ItemMeta:
    """What an answer is checked against: the size of the image in pixels, None where unknown."""

    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of an answer's form.

    `widget` is "boxes" (rows of label, x, y, width, height in pixels), "choice" (one of
    `options`) or "choices" (`minimum` to `maximum` of them). `name` is the key in the answer.
    """

    name: str
    widget: str
    options: tuple[str, ...]
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Accessibility:
    """How a kind can be worked on, whatever the job; workers find tasks by it.

    `keyboard`: every answer can be given without a pointer. `without_hearing`, `without_sight`: nothing has to be
    heard, or seen, to answer well; text is read by a screen reader. `phone`: comfortable on a narrow touch screen.
    """

    keyboard: bool
    without_hearing: bool
    without_sight: bool
    phone: bool


class LabelKind(Protocol):
    """The functions of a kind's module; pointers are relative to what is checked."""

    CONTENT_KEYS: frozenset[str]
    """Which of "text", "media", "url" an item of this kind holds."""

    ACCESSIBILITY: Accessibility
    """How it can be worked on; true only for what was tried."""

    def validate_schema(self, schema: Any) -> list[FieldError]:
        """Everything wrong with a label schema; empty is good."""

    def validate_answer(self, schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
        """Everything wrong with an answer under a valid schema; empty is good."""

    def form(self, schema: Mapping[str, Any]) -> list[FormField]:
        """The fields of an answer under a valid schema."""


def is_whole(value: Any, lowest: int, highest: int) -> bool:
    """Whether it is an int (never a bool or a float) within the bounds."""
    return type(value) is int and lowest <= value <= highest


def shape_errors(value: Any, required: frozenset[str], optional: frozenset[str] = frozenset()) -> list[FieldError]:
    """Errors for anything but an object with all of `required` and nothing beyond `optional`."""
    if not isinstance(value, dict):
        return [FieldError("", "not_an_object", "This must be a JSON object.")]
    missing = [FieldError(f"/{key}", "required", "This is missing.") for key in sorted(required - value.keys())]
    unknown = sorted(str(key) for key in value.keys() - required - optional)
    return missing + [FieldError(f"/{escape(key)}", "unknown_field", "There is no such field.") for key in unknown]


def escape(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def class_errors(classes: Any) -> Iterator[FieldError]:
    """Errors in a list of class names at /classes."""
    if not isinstance(classes, list) or not 1 <= len(classes) <= CLASSES_MAX:
        yield FieldError("/classes", "out_of_range", f"A list of 1 to {CLASSES_MAX} class names.")
        return
    seen: set[str] = set()
    for index, name in enumerate(classes):
        at = f"/classes/{index}"
        if not isinstance(name, str) or not name.strip() or len(name) > CLASS_LENGTH_MAX or not name.isprintable():
            yield FieldError(at, "class_invalid", f"A class name is 1 to {CLASS_LENGTH_MAX} printable characters.")
        elif name in seen:
            yield FieldError(at, "duplicate", f"The class {name!r} is there twice.")
        else:
            seen.add(name)


def bound_errors(schema: Mapping[str, Any], least: str, most: str, lowest: int, highest: int) -> Iterator[FieldError]:
    """Errors in an optional pair of bounds, each within lowest..highest, least <= most."""
    given = {name: schema[name] for name in (least, most) if name in schema}
    for name, value in given.items():
        if not is_whole(value, lowest, highest):
            yield FieldError(f"/{name}", "out_of_range", f"A whole number from {lowest} to {highest}.")
            return
    if len(given) == 2 and given[least] > given[most]:
        yield FieldError(f"/{least}", "out_of_range", f"{least} is more than {most}.")
