"""Errors as the APIs show them: RFC 9457 problem documents; and the one table from kinds of refusal to HTTP."""

import json
import re
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import HTTPException

from marketplace.kernel.errors import DomainError, ErrorKind
from marketplace.web.context import get_context
from marketplace.web.request_ids import request_id

STATUS: Final[dict[ErrorKind, int]] = {
    ErrorKind.SYNTAX: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.UNFUNDED: 402,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.GONE: 410,
    ErrorKind.STATE: 409,
    ErrorKind.STALE: 412,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.INVALID: 422,
    ErrorKind.FROZEN: 423,
    ErrorKind.PRECONDITION_REQUIRED: 428,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> Response:
    """A problem document; `code` is the stable slug, `more` its extension members."""
    body = {
        "type": f"{get_context().settings.public_url}/docs/errors/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": request_id(),
        **more,
    }
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)


def problem_response(error: DomainError) -> Response:
    """A refusal of the domain; `errors` lists fields by JSON pointer, `data` is for programs."""
    errors = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in error.errors]
    more = {name: value for name, value in (("errors", errors), ("data", error.data)) if value}
    response = problem(STATUS[error.kind], error.slug, error.title, error.detail, **more)
    add_headers(response, error)
    return response


def http_problem(error: HTTPException) -> Response:
    """An error of HTTP itself: an unknown path, a method not allowed, a body too large."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = HTTPStatus(status).phrase
    response = problem(status, _slug(phrase), phrase, error.description or phrase)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def add_headers(response: Response, error: DomainError) -> None:
    """The headers that a status asks for: when to try again, how to say who one is."""
    if error.kind is ErrorKind.RATE_LIMITED:
        response.headers["Retry-After"] = str(error.data.get("retry_after", RETRY_SECONDS))
    elif error.kind is ErrorKind.UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    elif error.kind is ErrorKind.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"


def _slug(phrase: str) -> str:
    return re.sub(r"[^a-z]+", "_", phrase.lower()).strip("_")
