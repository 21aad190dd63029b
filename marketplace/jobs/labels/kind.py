"""What every kind of labeling can do, and the checks they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import named, say

CLASSES_MAX: Final = 500
CLASS_LENGTH_MAX: Final = 100
PIXELS_MAX: Final = 1_000_000

SCHEMA_BYTES_MAX: Final = 64 * 1024
ANSWER_BYTES_MAX: Final = 256 * 1024
"""Of one answer as canonical JSON."""


@dataclass(frozen=True, slots=True)
class ItemMeta:
    """What an answer is checked against, each part None where unknown.

    `width` and `height` are the image's in pixels, `duration_ms` is the sound's length; `content` is the item's own,
    as it was uploaded.
    """

    width: int | None = None
    height: int | None = None
    content: Mapping[str, Any] | None = None
    duration_ms: int | None = None


NOTHING_KNOWN: Final = ItemMeta()


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of an answer's form; `name` is the key in the answer.

    `widget` is "choice" (one of `options`), "choices" (`minimum` to `maximum` of them), "preference" (one of "a", "b"
    and perhaps "tie"), "order" (a place for each of `options`), "external" (JSON
    that a tool says), "text" (of `minimum` to `maximum` characters), or
    `minimum` to `maximum` rows: "boxes" (label, x, y, width, height in pixels), "polygons" (label and corners),
    "points" (label, x, y), "spans" (label and words of the text), "segments" (label, start, end) or "spoken_segments"
    (with a transcript), "cuboids" (label, place, size, turn); each label one of `options`.
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


@dataclass(frozen=True, slots=True)
class Example:
    """A schema, the content of an item, and an answer to it, all of them valid; the documentation shows them."""

    schema: Mapping[str, Any]
    content: Mapping[str, Any]
    answer: Mapping[str, Any]
    item: ItemMeta = NOTHING_KNOWN


class LabelKind(Protocol):
    """The functions of a kind's module; pointers are relative to what is checked."""

    CONTENT_KEYS: frozenset[str]
    """Which of "text", "prompt", "media", "url" an item of this kind may hold, one alone."""

    CONTENT_PARTS: Mapping[str, str]
    """Where an item is made of several parts instead, all of them needed: "text", or "texts" for texts by a key."""

    EXAMPLE: Example

    ACCESSIBILITY: Accessibility
    """How it can be worked on; true only for what was tried."""

    MEDIA: str
    """What its media is: the first part of the content type, "image", "audio" or "model"; "" for none."""

    def validate_schema(self, schema: Any) -> list[FieldError]:
        """Everything wrong with a label schema; empty is good."""

    def validate_answer(self, schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
        """Everything wrong with an answer under a valid schema; empty is good."""

    def form(self, schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:
        """The fields of an answer to the item under a valid schema."""


def schema_errors(kind: LabelKind, schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema: what its kind says, and its size."""
    errors = kind.validate_schema(schema)
    if not errors and len(canonical_bytes(schema)) > SCHEMA_BYTES_MAX:
        errors = [FieldError("", "schema_too_large", f"A label schema has at most {SCHEMA_BYTES_MAX} bytes as JSON.")]
    return errors


def answer_errors(
    kind: LabelKind, schema: Mapping[str, Any], content: Any, item: ItemMeta = NOTHING_KNOWN
) -> list[FieldError]:
    """Everything wrong with an answer: what its kind says, and what no answer may be."""
    errors = kind.validate_answer(schema, content, item)
    if errors:
        return errors
    # Only now: what fits its kind holds whole numbers and texts alone, and so has canonical bytes.
    if len(canonical_bytes(content)) > ANSWER_BYTES_MAX:
        return [
            FieldError(
                "",
                "answer_too_large",
                say("An answer has at most %(most)s bytes as JSON.", most=ANSWER_BYTES_MAX),
            )
        ]
    return []


def is_whole(value: Any, lowest: int, highest: int) -> bool:
    """Whether it is an int (never a bool or a float) within the bounds."""
    return type(value) is int and lowest <= value <= highest


def shape_errors(value: Any, required: frozenset[str], optional: frozenset[str] = frozenset()) -> list[FieldError]:
    """Errors for anything but an object with all of `required` and nothing beyond `optional`."""
    if not isinstance(value, dict):
        return [FieldError("", "not_an_object", say("This must be a JSON object."))]
    missing = [FieldError(f"/{key}", "required", say("This is missing.")) for key in sorted(required - value.keys())]
    unknown = sorted(str(key) for key in value.keys() - required - optional)
    return missing + [FieldError(f"/{escape(key)}", "unknown_field", say("There is no such field.")) for key in unknown]


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


def choice_error(value: Any, pointer: str, allowed: tuple[str, ...]) -> Iterator[FieldError]:
    """The error of a value that is none of the words allowed."""
    if not isinstance(value, str) or value not in allowed:
        yield FieldError(pointer, "unknown_choice", say("One of %(known)s.", known=tuple(allowed)))


def flag_error(schema: Mapping[str, Any], name: str) -> Iterator[FieldError]:
    """The error of an optional part of a schema that is not true or false."""
    if not isinstance(schema.get(name, False), bool):
        yield FieldError(f"/{name}", "not_a_boolean", say("This must be true or false."))


def text_errors(value: Any, pointer: str, shortest: int, longest: int) -> Iterator[FieldError]:
    """Errors of anything but a text of that many code points which can be stored; blanks alone are no text."""
    if not isinstance(value, str):
        yield FieldError(pointer, "not_a_text", say("This must be a text."))
    elif not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        yield FieldError(pointer, "text_invalid", say("The text is not valid Unicode."))
    elif "\x00" in value:
        yield FieldError(pointer, "text_invalid", say("Text may not hold the character NUL."))
    elif len(value) > longest:
        yield FieldError(
            pointer,
            "too_long",
            say("At most %(longest)s characters; here are %(count)s.", longest=longest, count=len(value)),
        )
    elif len(value) < shortest or (shortest and not value.strip()):
        yield FieldError(
            pointer,
            "too_short",
            say("At least one character.")
            if shortest == 1
            else say("At least %(shortest)s characters.", shortest=shortest),
        )


def label_error(schema: Mapping[str, Any], label: Any) -> Iterator[FieldError]:
    """The error of a label that is none of the classes."""
    if label not in schema["classes"]:
        yield FieldError("/label", "class_unknown", say("This is none of the job's classes."))


def coordinate_error(value: Any, pointer: str, size: int | None) -> Iterator[FieldError]:
    """The error of a coordinate that is no whole number of pixels, or lies outside an image of that size."""
    if not is_whole(value, 0, PIXELS_MAX):
        yield FieldError(pointer, "out_of_range", say("Whole pixels, not negative."))
    elif size is not None and value > size:
        yield FieldError(pointer, "outside_image", say("This lies beyond the image's %(size)s pixels.", size=size))


@dataclass(frozen=True, slots=True)
class Marks:
    """Answers that are a list of marks at one key, such as {"polygons": […]}: the bounds that a schema may set.

    `one` names a single mark, in error codes and sentences.
    """

    name: str
    one: str
    most: int

    @property
    def bounds(self) -> frozenset[str]:
        """The two optional keys of a schema."""
        return frozenset({f"{self.name}_min", f"{self.name}_max"})

    def schema_errors(self, schema: Any, optional: frozenset[str] = frozenset()) -> list[FieldError]:
        """Errors in the classes and bounds of a schema, which may also hold what is `optional`."""
        errors = shape_errors(schema, frozenset({"classes"}), self.bounds | optional)
        if errors:
            return errors
        errors.extend(class_errors(schema["classes"]))
        errors.extend(bound_errors(schema, f"{self.name}_min", f"{self.name}_max", 0, self.most))
        return errors

    def range(self, schema: Mapping[str, Any]) -> tuple[int, int]:
        """How many marks an answer has."""
        return schema.get(f"{self.name}_min", 0), schema.get(f"{self.name}_max", self.most)

    def answer_errors(
        self, schema: Mapping[str, Any], content: Any, check: Callable[[Any], Iterator[FieldError]]
    ) -> list[FieldError]:
        """Errors in the list, and of each mark what `check` finds, with pointers into the answer."""
        errors = shape_errors(content, frozenset({self.name}))
        if errors:
            return errors
        marks = content[self.name]
        fewest, most = self.range(schema)
        if not isinstance(marks, list) or not fewest <= len(marks) <= most:
            words = say("A list of %(fewest)s to %(most)s %(name)s.", fewest=fewest, most=most, name=named(self.name))
            return [FieldError(f"/{self.name}", f"{self.one}_count", words)]
        return [
            FieldError(f"/{self.name}/{index}{error.pointer}", error.code, error.message)
            for index, mark in enumerate(marks)
            for error in check(mark)
        ]

    def field(self, schema: Mapping[str, Any]) -> FormField:
        """The rows of the form."""
        return FormField(self.name, self.name, tuple(schema["classes"]), *self.range(schema))
