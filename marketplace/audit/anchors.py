"""Keeping signed heads outside the database, where nobody writes them twice: the port, and the names of the files."""

from typing import Final, Protocol

CHECKPOINTS: Final = "checkpoint-"
_DIGITS: Final = 19


class AnchorError(OSError):
    """A place outside cannot be reached, or does not do what it is asked."""


class AnchorDiffersError(Exception):
    """Something else is kept under this name already: one of the two was forged. Says where."""


class AnchorStore(Protocol):
    """A place that keeps small files for ever; each name is written once."""

    @property
    def place(self) -> str:
        """Where it is, for people; without credentials."""

    def put_once(self, name: str, content: bytes) -> bool:
        """Keep the content, whole or not at all; False where exactly it was kept before.

        Raises AnchorDiffersError where something else is kept under the name, AnchorError.
        """

    def read(self, name: str) -> bytes:
        """What is kept under the name; raises KeyError, AnchorError."""

    def after(self, name: str, limit: int) -> list[str]:
        """Up to `limit` names of signed heads after this one, in order; raises AnchorError."""


def name_of(tree_size: int) -> str:
    """The name under which the head of this size is kept; names sort as sizes do."""
    return f"{CHECKPOINTS}{tree_size:0{_DIGITS}}.txt"


def size_in(name: str) -> int | None:
    """The size that a name tells, None for a file that is not ours."""
    digits = name.removeprefix(CHECKPOINTS).removesuffix(".txt")
    return int(digits) if len(digits) == _DIGITS and digits.isascii() and digits.isdigit() else None
