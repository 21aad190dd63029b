"""Reading bodies strictly: what PostgreSQL or the canonical form could not hold is refused at the door."""

from __future__ import annotations

import json
from typing import Any, Never

from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from client_api.errors import BODY_MALFORMED
from client_api.validation import refusal


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
        if "\x00" in value:
            raise ValueError("text with a NUL character")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable(member)


def strict_json(raw: bytes) -> Any:
    """Parse JSON as RFC 8259 has it; raises ValueError for NaN, doubled members, NUL and broken Unicode."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_members_once)
        if b"\\u" in raw:
            _refuse_unstorable(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


class StrictParser(FlaskParser):
    """webargs with `strict_json`, which insists on the content type too and refuses as the domain does."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body; raises body_malformed, or 415 for another content type."""
        del schema
        if not req.is_json:
            if req.content_length or req.content_type:
                raise UnsupportedMediaType
            return {}
        try:
            return strict_json(req.get_data())
        except ValueError as error:
            raise BODY_MALFORMED.error(f"The body is not valid JSON: {error}.") from error

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> Never:
        """Refuse with invalid or query_invalid, a field error for each thing wrong."""
        del req, schema, error_status_code, error_headers
        raise refusal(error.messages_dict) from error


PARSER = StrictParser()
