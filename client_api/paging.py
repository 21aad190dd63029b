"""Lists on the wire: cursor and limit in, `data`, `next_cursor`, `has_more` and a Link header out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX


class AnyPage(Protocol):
    """What the core's lists return."""

    @property
    def data(self) -> Sequence[Any]:
        """The rows."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins."""


class ListQuery(Schema):
    """The parameters of every list; subclasses add filters, and unknown ones are refused."""

    cursor = fields.String(
        validate=validate.Length(max=1000),
        metadata={"description": "The `next_cursor` of the page before; opaque."},
    )
    limit = fields.Integer(
        strict=False,
        load_default=LIMIT_DEFAULT,
        validate=validate.Range(1, LIMIT_MAX),
        metadata={"description": f"Rows a page, 1 to {LIMIT_MAX}.", "example": LIMIT_DEFAULT},
    )


def page_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a page of such rows."""
    name = schema.__name__.removesuffix("View")
    return Schema.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
            "has_more": fields.Boolean(required=True),
        },
        name=f"{name}PageSchema",
    )


def envelope(page: AnyPage) -> tuple[dict[str, Any], dict[str, str]]:
    """A page's body and its headers."""
    body = {"data": page.data, "next_cursor": page.next_cursor, "has_more": page.next_cursor is not None}
    if page.next_cursor is None:
        return body, {}
    query = urlencode({**request.args.to_dict(), "cursor": page.next_cursor})
    return body, {"Link": f'<{request.base_url}?{query}>; rel="next"'}
