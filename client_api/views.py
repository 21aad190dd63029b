"""A row with what belongs beside it in an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.db.paging import Page


class With:
    """Reads attributes from `more` first, then from the row."""

    def __init__(self, row: Any, **more: Any) -> None:
        """`more` are the attributes the row has not got."""
        self._row = row
        self._more = more

    def __getattr__(self, name: str) -> Any:
        """An attribute of either."""
        return self._more[name] if name in self._more else getattr(self._row, name)


def with_each(page: Page[Any], name: str, find: Callable[[Sequence[UUID]], Mapping[UUID, Any]]) -> Page[With]:
    """The page with, beside each row, what `find` gives for its id; asked once for all of them."""
    found = find([row.id for row in page.data])
    return Page([With(row, **{name: found.get(row.id, [])}) for row in page.data], page.next_cursor)
