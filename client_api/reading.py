"""Reading bodies strictly: what PostgreSQL or the canonical form could not hold is refused at the door."""

from __future__ import annotations

from typing import Any, Never

from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from client_api.uploads import unpacked
from client_api.validation import refusal
from marketplace.web.json_bodies import strict_json
from marketplace.web.malformed import BODY_MALFORMED


class StrictParser(FlaskParser):
    """webargs with `strict_json`, which insists on the content type too and refuses as the domain does."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body, packed with gzip or not; raises body_malformed, or 415 for another type or packing."""
        del schema
        if not req.is_json:
            if req.content_length or req.content_type:
                raise UnsupportedMediaType
            return {}
        try:
            return strict_json(unpacked(req))
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
