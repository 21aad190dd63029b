"""Lists row by row: the next page is asked for when the rows of the one before are used up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def iterate(fetch: Callable[[str | None], Mapping[str, Any]]) -> Iterator[Any]:
    """Every row of every page; `fetch` gets a cursor, None for the first page.

    The cursor names a place in a fixed order, so rows that others insert meanwhile double or hide none.
    """
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        yield from page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
