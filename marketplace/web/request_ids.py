"""One id for each request: in its answer, in every line of the logs, and in what an error shows."""

import re
import uuid

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-Id"
_FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The id of this request: the caller's or the proxy's where it is well formed, else our own."""
    known: str | None = g.get("request_id")
    if known is None:
        given = request.headers.get(HEADER, "")
        g.request_id = known = given if _FORM.fullmatch(given) else uuid.uuid4().hex
    return known


def register(app: Flask) -> None:
    """Bind the id before each request and send it back after."""

    @app.before_request
    def begin() -> None:
        clear_contextvars()
        bind_contextvars(request_id=request_id())

    @app.after_request
    def answer(response: Response) -> Response:
        response.headers.add(HEADER, request_id())
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        clear_contextvars()
