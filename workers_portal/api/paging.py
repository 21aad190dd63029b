"""Lists: an opaque cursor and a limit in, a page out; a parameter that is not known is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX, Page
from marketplace.kernel.errors import FieldError
from marketplace.web.malformed import QUERY_INVALID
from workers_portal.api.schemas import values as wire

T = TypeVar("T")
W = TypeVar("W")


def page_arguments(*filters: str) -> dict[str, Any]:
    """`cursor` and `limit` of the request. Raises query_invalid, also for parameters besides `filters`."""
    only("cursor", "limit", *filters)
    blank = [name for name, value in request.args.items(multi=True) if name in filters and not value.strip()]
    if blank:
        errors = [FieldError(f"/{name}", "blank", "This takes a value, or is left out.") for name in blank]
        raise QUERY_INVALID.error(f"Without a value: {', '.join(blank)}.", errors=errors)
    text = request.args.get("limit", str(LIMIT_DEFAULT))
    if not text.isdecimal() or not 1 <= int(text[:9]) <= LIMIT_MAX:
        message = f"A whole number from 1 to {LIMIT_MAX}."
        raise QUERY_INVALID.error(message, errors=[FieldError("/limit", "out_of_range", message)])
    return {"cursor": request.args.get("cursor"), "limit": int(text)}


def only(*names: str) -> None:
    """Refuse parameters besides these; raises query_invalid."""
    unknown = sorted(set(request.args) - set(names))
    if unknown:
        errors = [FieldError(f"/{name}", "unknown_filter", "There is no such parameter.") for name in unknown]
        raise QUERY_INVALID.error(f"Unknown: {', '.join(unknown)}.", errors=errors)


def page_of(page: Page[T], dump: Callable[[T], W]) -> wire.Page[W]:
    """The page as every list sends it."""
    return {
        "data": [dump(row) for row in page.data],
        "next_cursor": page.next_cursor,
        "has_more": page.has_more,
    }
