"""Keyset paging: no row is lost or doubled while others insert, and page 1,000 costs what page 1 costs."""

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from marketplace.db.errors import CURSOR_INVALID, LIMIT_INVALID
from marketplace.kernel.texts import say

LIMIT_DEFAULT = 50
LIMIT_MAX = 200

T = TypeVar("T")
Key = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list and the cursor of the next one, None on the last page."""

    data: list[T]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def encode_cursor(values: Sequence[Any]) -> str:
    """The key values of a page's last row as opaque text."""
    plain = [value.isoformat() if isinstance(value, dt.date) else value for value in values]
    body = json.dumps(plain, default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode_cursor(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """The key values in `cursor`, in the types of `keys`. Raises cursor_invalid for anything else."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError("wrong number of keys")
        return [_typed(value, key.type.python_type) for value, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error, RecursionError) as problem:
        raise CURSOR_INVALID.error(say("This cursor was not made by this list.")) from problem


def _typed(value: Any, kind: type[Any]) -> Any:
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is dt.datetime:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    if type(value) is not kind:
        raise ValueError(f"not {kind.__name__}")
    if kind is int and not -(2**63) <= value < 2**63:
        raise ValueError("beyond bigint")
    if kind is str and "\x00" in value:
        raise ValueError("text with a NUL")
    return value


def paginate(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    keys: Sequence[Key],
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
    descending: bool = False,
) -> Page[Any]:
    """One page of `statement`, sorted by `keys`.

    `keys` must be NOT NULL columns that together are unique (end with the id), all in one direction, so that one
    index serves them. `data` holds scalars where the statement selects one thing, else rows.
    Raises cursor_invalid, limit_invalid.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise LIMIT_INVALID.error(say("A page holds 1 to %(most)s rows, not %(limit)s.", most=LIMIT_MAX, limit=limit))
    width = len(statement.column_descriptions)
    wanted = statement.add_columns(*keys).order_by(None)
    wanted = wanted.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(limit + 1)
    if cursor is not None:
        here = tuple_(*keys)
        there = decode_cursor(cursor, keys)
        wanted = wanted.where(here < there if descending else here > there)
    rows = session.execute(wanted).all()
    page = rows[:limit]
    data = [row[0] if width == 1 else tuple(row[:width]) for row in page]
    next_cursor = encode_cursor(page[-1][width:]) if len(rows) > limit else None
    return Page(data=data, next_cursor=next_cursor)
