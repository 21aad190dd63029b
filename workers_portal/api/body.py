"""Reading the JSON body of a worker's request: small, strict, with a pointer to what is wrong."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from flask import request

from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.ids import parse
from marketplace.web.json_bodies import strict_json
from marketplace.web.malformed import BODY_MALFORMED

BODY_BYTES: Final = 4_000_000


def read_body(known: Collection[str]) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object. Raises body_malformed, invalid (unknown fields)."""
    request.max_content_length = BODY_BYTES
    raw = request.get_data(cache=False)
    if not raw.strip():
        return {}
    try:
        body = strict_json(raw)
    except ValueError as error:
        raise BODY_MALFORMED.error(f"The body could not be read: {error}.") from error
    if not isinstance(body, dict):
        raise BODY_MALFORMED.error("The body must be a JSON object.")
    unknown = [FieldError(f"/{name}", "unknown_field", "There is no such field.") for name in body if name not in known]
    if unknown:
        raise INVALID.error("The body has fields that this does not take.", errors=unknown)
    return body


def identifier(body: dict[str, Any], name: str, noun: str) -> UUID:
    """A public id in a required field. Raises invalid with its pointer."""
    try:
        return parse(noun, body.get(name))
    except DomainError as error:
        raise wrong(f"/{name}", "id", f"This must be the id of a {noun}.") from error


def whole(body: dict[str, Any], name: str) -> int:
    """A required positive whole number. Raises invalid with its pointer."""
    value = body.get(name)
    if type(value) is not int or value < 1:
        raise wrong(f"/{name}", "out_of_range", "This must be a whole number from 1.")
    return value


def flag(body: dict[str, Any], name: str) -> bool:
    """An optional true or false, false when left out. Raises invalid with its pointer."""
    value = body.get(name, False)
    if type(value) is not bool:
        raise wrong(f"/{name}", "flag", "This must be true or false.")
    return value


def answers(body: dict[str, Any]) -> dict[UUID, dict[str, Any]]:
    """The required object of answers by item id. Raises invalid with pointers."""
    given = body.get("answers")
    if not isinstance(given, dict):
        raise wrong("/answers", "required", "This must be an object from item ids to answers.")
    found: dict[UUID, dict[str, Any]] = {}
    errors = []
    for key, content in given.items():
        try:
            item_id = parse("item", key)
        except DomainError:
            errors.append(FieldError(f"/answers/{key}", "id", "This is not the id of an item."))
            continue
        if isinstance(content, dict):
            found[item_id] = content
        else:
            errors.append(FieldError(f"/answers/{key}", "not_an_object", "An answer is a JSON object."))
    if errors:
        raise INVALID.error("The answers cannot be read.", errors=errors)
    return found


def text(body: dict[str, Any], name: str, *, longest: int = 4000) -> str:
    """A required text that is not blank. Raises invalid with its pointer."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise wrong(f"/{name}", "required", f"This must be a text of 1 to {longest} characters.")
    return value.strip()


def wrong(pointer: str, code: str, message: str) -> DomainError:
    """One field that breaks a rule."""
    return INVALID.error(message, errors=[FieldError(pointer, code, message)])
