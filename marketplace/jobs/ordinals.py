"""Sets of item ordinals: multiranges of half-open ranges, as PostgreSQL keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

Ordinals = MultiRange[int]


def ordinals(*spans: tuple[int, int]) -> Ordinals:
    """The set of all from first to last of each span, both included; spans are ascending and apart."""
    return MultiRange([Range(first, last + 1, bounds="[)") for first, last in spans])


def spans_of(values: Iterable[Range[int]]) -> list[tuple[int, int]]:
    """(first, last) of each piece, both included."""
    return [(piece.lower, piece.upper - 1) for piece in values if piece.lower is not None and piece.upper is not None]


def digest(values: Iterable[Range[int]]) -> str:
    """SHA-256 of the set as the text of a multirange, hex: what the log holds of a set whose ranges are too many."""
    text = "{" + ",".join(f"[{first},{last + 1})" for first, last in spans_of(values)) + "}"
    return hashlib.sha256(text.encode()).hexdigest()


def count(values: Iterable[Range[int]]) -> int:
    """How many ordinals are in the set."""
    return sum(last - first + 1 for first, last in spans_of(values))
