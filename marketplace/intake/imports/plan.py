"""What an import would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.jobs.drafts import TEXT_MAX, TITLE_MAX
from marketplace.kernel.errors import FieldError

MARKUP_CHARACTERS_MAX: Final = 100_000
DEPTH_MAX: Final = 50
ELEMENTS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A job as a template describes it: plain text, never markup. `content_field` is where items have their content.

    `notes` name what was left behind because it is only looks.
    """

    kind: str
    label_schema: Mapping[str, Any]
    title: str = ""
    instructions: str = ""
    content_field: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which fields of a row are what, as the caller says it.

    `content` overrides the template's; `external_id` names a field, else rows are numbered after `prefix` or have an
    id of their own; `rate` names a field, else all have `rate_code`; `ignored` are left out on purpose.
    """

    content: str = ""
    external_id: str = ""
    prefix: str = "row-"
    rate: str = ""
    rate_code: str = "standard"
    ignored: frozenset[str] = frozenset()


@dataclass(slots=True)
class Findings:
    """What is wrong with a template, and what is left behind of it."""

    pointer: str
    errors: list[FieldError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, code: str, message: str, line: int = 0) -> None:
        """One thing that cannot be mapped."""
        where = f"Line {line}: " if line else ""
        self.errors.append(FieldError(self.pointer, code, where + message))

    def leave(self, what: str) -> None:
        """One thing that is only looks."""
        note = f"{what} is not taken over."
        if note not in self.notes:
            self.notes.append(note)


def plain(words: Sequence[str], longest: int = TEXT_MAX) -> str:
    """Pieces of text as one, without runs of spaces and empty lines, and without NUL."""
    lines = [" ".join(line.split()) for line in "".join(words).replace("\x00", "").splitlines()]
    return "\n".join(line for line in lines if line)[:longest]


def title_of(words: str) -> str:
    """A title from a heading."""
    return plain([words.replace("\n", " ")], TITLE_MAX)
