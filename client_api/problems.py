"""The one module that turns refusals into HTTP: RFC 9457 problem documents with stable codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, g, json, request
from marshmallow import ValidationError, fields
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from client_api.errors import BODY_MALFORMED, BUSY, QUERY_INVALID
from marketplace.kernel.errors import INVALID, DomainError, ErrorKind, FieldError

CONTENT_TYPE: Final = "application/problem+json"
PREFIX: Final = "/v1"
STATUS: Final[Mapping[ErrorKind, int]] = {
    ErrorKind.SYNTAX: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.UNFUNDED: 402,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.STATE: 409,
    ErrorKind.STALE: 412,
    ErrorKind.INVALID: 422,
    ErrorKind.FROZEN: 423,
    ErrorKind.PRECONDITION_REQUIRED: 428,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
# What the server itself says before or beside the domain: status -> (code, title, explanation).
HTTP_PROBLEMS: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("bad_request", "The request cannot be read", "The request breaks HTTP's own rules."),
    404: ("not_found", "Not found", "There is nothing at this address."),
    405: ("method_not_allowed", "Not a method of this address", "The Allow header lists the methods it has."),
    408: ("request_timeout", "The request took too long", "The body did not arrive in time; send it again."),
    411: ("length_required", "The length is missing", "Send a Content-Length, or the body in chunks."),
    413: ("body_too_large", "The body is too large", "The documentation of each operation names its limit."),
    414: ("address_too_long", "The address is too long", "Use fewer or shorter query parameters."),
    415: ("content_type_unsupported", "Not a content type of this address", "Set Content-Type to one it takes."),
    429: ("rate_limited", "Too many requests", "Wait for the seconds in Retry-After."),
    500: ("internal_error", "A fault of ours", "It is logged under the request_id. Nothing was done."),
}
# 40001 serialization, 40P01 deadlock, 55P03 lock not available, 57014 statement timeout
_RETRYABLE: Final = frozenset({"40001", "40P01", "55P03", "57014"})
_RETRY_SECONDS: Final = 1
_log = structlog.get_logger("client_api")


class Coded(str):
    """A validation message that carries its stable code."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, message: str) -> Coded:
        """A message for people with a word for programs."""
        text = super().__new__(cls, message)
        text.code = code
        return text


def nested(errors: Sequence[FieldError]) -> dict[Any, Any]:
    """Field errors of a value as marshmallow nests them, each message with its code."""
    tree: dict[Any, Any] = {}
    for error in errors:
        steps = [int(step) if step.isdecimal() else step for step in error.pointer.split("/")[1:]] or ["_schema"]
        node = tree
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node.setdefault(steps[-1], []).append(Coded(error.code, error.message))
    return tree


def flatten(messages: Any, pointer: str = "") -> Iterator[FieldError]:
    """marshmallow's nested messages as field errors with JSON pointers (RFC 6901)."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from flatten(inner, pointer if key == "_schema" else f"{pointer}/{step}")
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from flatten(message, pointer)
    else:
        code = messages.code if isinstance(messages, Coded) else _code(str(messages))
        yield FieldError(pointer, code, str(messages))


def _known_messages() -> dict[str, str]:
    known = {"Unknown field.": "unknown_field", "Invalid input type.": "type"}
    for field in (fields.Field, fields.String, fields.Integer, fields.Boolean, fields.List, fields.Dict, fields.Nested):
        for code, message in getattr(field, "default_error_messages", {}).items():
            known.setdefault(message, "type" if code == "invalid" else code)
    return known


_CODES: Final = _known_messages()
_PATTERNS: Final = (
    (re.compile(r"^Must be one of"), "not_a_choice"),
    (re.compile(r"^Must be (greater|less|equal)"), "out_of_range"),
    (re.compile(r"^(Shorter|Longer) than|^Length must"), "length"),
    (re.compile(r"^Not a valid"), "type"),
)


def _code(message: str) -> str:
    if message in _CODES:
        return _CODES[message]
    return next((code for pattern, code in _PATTERNS if pattern.search(message)), "invalid")


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    data: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; `data` are the refusal's own members, never the standard ones."""
    document: dict[str, Any] = {key: value for key, value in (data or {}).items()}
    document |= {
        "type": f"{request.url_root.rstrip('/')}/docs/errors#{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": g.get("request_id"),
    }
    if errors:
        document["errors"] = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in errors]
    response = current_app.response_class(json.dumps(document, default=str), status, mimetype=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def from_domain(error: DomainError) -> Response:
    """A refusal of the domain, by its kind."""
    status = STATUS[error.kind]
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="piecework"'
    if status in {429, 503}:
        headers["Retry-After"] = str(error.data.get("retry_after", _RETRY_SECONDS))
    _log.info("request.refused", code=error.slug, status=status)
    return problem(
        status, error.slug, error.title, error.detail, errors=error.errors, data=error.data, headers=headers
    )


def from_http(error: HTTPException) -> Response:
    """A refusal by Flask, webargs or werkzeug."""
    data = getattr(error, "data", None) or {}
    if "messages" in data:
        return from_domain(_from_webargs(data["messages"]))
    status = error.code or 500
    if error.response is not None and status < 400:
        return error.get_response()  # type: ignore[return-value]  # redirects of the router pass as they are
    if status == 400 and request.is_json:
        return from_domain(BODY_MALFORMED.error("The body is not valid JSON."))
    code, title, explanation = HTTP_PROBLEMS.get(status, HTTP_PROBLEMS[500 if status >= 500 else 400])
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return problem(status, code, title, explanation, headers=headers)


def _from_webargs(messages: Mapping[str, Any]) -> DomainError:
    """webargs' `{location: {field: [...]}}`: a broken body, a broken query or broken values."""
    if messages.get("json") == ["Invalid JSON body."]:
        return BODY_MALFORMED.error("The body is not valid JSON.")
    if "query" in messages:
        found = list(flatten(messages["query"]))
        detail = "; ".join(f"{error.pointer.lstrip('/')}: {error.message}" for error in found)
        return QUERY_INVALID.error(detail, errors=found)
    found = [error for inner in messages.values() for error in flatten(inner)]
    return INVALID.error(_summary(found), errors=found)


def _summary(errors: Sequence[FieldError]) -> str:
    return "One field breaks a rule." if len(errors) == 1 else f"{len(errors)} fields break a rule."


def from_validation(error: ValidationError) -> Response:
    """A marshmallow error raised outside webargs."""
    found = list(flatten(error.messages))
    return from_domain(INVALID.error(_summary(found), errors=found))


def from_database(error: DBAPIError) -> Response:
    """A lock or a statement that waited too long is a 503 to repeat; anything else is our fault."""
    if getattr(error.orig, "sqlstate", None) in _RETRYABLE:
        return from_domain(BUSY.error("Somebody else is changing the same rows; nothing was done."))
    return from_crash(error)


def from_crash(error: Exception) -> Response:
    """Whatever nobody expected: logged with its traceback, and nothing of it shown."""
    if current_app.testing or current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    _log.exception("request.crashed", exc_info=error)
    return problem(500, *HTTP_PROBLEMS[500])


def is_ours() -> bool:
    """Whether the request is addressed to this face."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def register(app: Flask) -> None:
    """Answer addresses and methods that do not exist under /v1 with problems too."""

    @app.before_request
    def refuse_unknown_addresses() -> Response | None:
        error = request.routing_exception
        return from_http(error) if error is not None and is_ours() else None
