"""What can go wrong, as one tree: everything here is a `PieceworkError`.

A refusal of the service is a `Problem`, in the class of its status, with the stable `code` that
docs/errors.md explains. Programs look at the class or the code, never at the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class PieceworkError(Exception):
    """The base of everything that this client raises on purpose."""


class ConfigurationError(PieceworkError):
    """The client was made without an address or a key, or with one that cannot be."""


class ConnectionFailed(PieceworkError):  # noqa: N818 - a sentence of what happened, as are the others
    """No answer came, after as many tries as were allowed."""

    def __init__(self, message: str, *, may_have_taken_effect: bool) -> None:
        """`may_have_taken_effect` is False where the request surely never reached the service."""
        super().__init__(message)
        self.may_have_taken_effect = may_have_taken_effect


class UnexpectedAnswer(PieceworkError):  # noqa: N818 - as above
    """What answered is not this API: a proxy's page, a redirect, half a document. The address may be a wrong one."""


class DownloadDamaged(PieceworkError):  # noqa: N818 - as above
    """What was downloaded is not what was announced: another length or another SHA-256."""


class OperationFailed(PieceworkError):  # noqa: N818 - as above
    """A long operation ended without success; `operation` is its last state as the service told it."""

    def __init__(self, message: str, operation: Mapping[str, Any]) -> None:
        """`operation` is the answer of the service."""
        super().__init__(message)
        self.operation = operation


class StillRunning(PieceworkError):  # noqa: N818 - as above
    """A long operation did not end in the time that was given; it goes on, and may be waited for again."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that breaks a rule."""

    pointer: str
    """RFC 6901, into the body that was sent; empty for the whole of it."""
    code: str
    message: str


class Problem(PieceworkError):  # noqa: N818 - RFC 9457's own word
    """The service refused."""

    def __init__(self, status: int, document: Mapping[str, Any], retry_after: float | None = None) -> None:
        """`document` is the problem document; `retry_after` is in seconds, where the service asked for it."""
        self.status = status
        self.code = str(document.get("code") or f"http_{status}")
        self.title = str(document.get("title") or "")
        self.detail = str(document.get("detail") or "")
        self.request_id: str | None = document.get("request_id")
        self.data: Mapping[str, Any] = document.get("data") or {}
        self.errors = tuple(
            FieldError(str(one.get("pointer") or ""), str(one.get("code") or ""), str(one.get("message") or ""))
            for one in document.get("errors") or ()
            if isinstance(one, Mapping)
        )
        self.retry_after = retry_after
        super().__init__(self._words())

    def _words(self) -> str:
        first = f"{self.status} {self.code}: {self.detail or self.title}"
        return "; ".join([first, *(f"{one.pointer or '/'}: {one.message}" for one in self.errors[:10])])


class BadRequest(Problem):
    """400: the request cannot be read."""


class Unauthenticated(Problem):
    """401: no key, or not a good one."""


class Unfunded(Problem):
    """402: the money is not there."""


class Forbidden(Problem):
    """403: the key may not do this."""


class NotFound(Problem):
    """404: not there, or not for you to see."""


class Conflict(Problem):
    """409: the state of things does not allow it."""


class Stale(Problem):
    """412: somebody else changed it since you read it; read it again."""


class TooLarge(Problem):
    """413: the body is longer than is taken."""


class Invalid(Problem):
    """422: understood, but a rule is broken; `errors` names the fields."""


class Frozen(Problem):
    """423: frozen until somebody decides."""


class PreconditionRequired(Problem):
    """428: a change has to say which version it changes."""


class RateLimited(Problem):
    """429: too many requests; `retry_after` says when to go on."""


class ServerFault(Problem):
    """5xx: a fault of the service, logged there under `request_id`."""


_CLASSES: Final[Mapping[int, type[Problem]]] = {
    400: BadRequest,
    401: Unauthenticated,
    402: Unfunded,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    413: TooLarge,
    422: Invalid,
    423: Frozen,
    428: PreconditionRequired,
    429: RateLimited,
}


def problem_of(status: int, document: Any, retry_after: float | None = None) -> Problem:
    """The exception of a refusal; a body that is no problem document makes one of its status alone."""
    kind = _CLASSES.get(status, ServerFault if status >= 500 else Problem)
    return kind(status, document if isinstance(document, Mapping) else {}, retry_after)
