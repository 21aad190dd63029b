"""Ranges of a text or a sound: which are there twice, and which overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import named, say


def crossing(ranges: Sequence[tuple[int, int, Any]], name: str, whole: str, *, overlap: bool) -> Iterator[FieldError]:
    """Errors of ranges (start, end, label) that are there twice, or overlap where they may not."""
    order = sorted(range(len(ranges)), key=lambda index: (*ranges[index][:2], index))
    seen, reached = set(), 0
    for index in order:
        start, end, _ = ranges[index]
        if ranges[index] in seen:
            yield FieldError(
                f"/{name}/{index}",
                "duplicate",
                say("The same part of the %(whole)s is there twice.", whole=named(whole)),
            )
        elif not overlap and start < reached:
            yield FieldError(
                f"/{name}/{index}", "overlap", say("This overlaps another part of the %(whole)s.", whole=named(whole))
            )
        seen.add(ranges[index])
        reached = max(reached, end)
