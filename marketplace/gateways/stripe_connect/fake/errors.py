"""Errors in Stripe's form."""

from typing import Any


class FakeError(Exception):
    """An answer that is an error: HTTP status, Stripe's code, sentence, and the parameter it is about."""

    def __init__(
        self, status: int, code: str | None, message: str, *, param: str | None = None, kind: str | None = None
    ) -> None:
        """`kind` is Stripe's type of the error, by default invalid_request_error or, from 500, api_error."""
        super().__init__(message)
        self.status = status
        error = {"type": kind or ("api_error" if status >= 500 else "invalid_request_error"), "message": message}
        if code is not None:
            error["code"] = code
        if param is not None:
            error["param"] = param
        self.body: dict[str, Any] = {"error": error}
