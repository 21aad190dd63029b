"""Domain errors: a stable slug, a kind, words for people, and data; no HTTP anywhere.

Each package declares its refusals once with `define`, in its own `errors.py`, and raises
them with `SPEC.error("what happened here")`. The faces map the kind to their own language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.kernel.texts import say

SLUG_PATTERN = re.compile(r"[a-z][a-z0-9_]{1,62}[a-z0-9]")


class ErrorKind(StrEnum):
    """What sort of refusal it is; one kind is one status in the REST face."""

    SYNTAX = "syntax"
    UNAUTHENTICATED = "unauthenticated"
    UNFUNDED = "unfunded"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    STATE = "state"
    STALE = "stale"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    FROZEN = "frozen"
    PRECONDITION_REQUIRED = "precondition_required"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of the input.

    `pointer` is an RFC 6901 JSON pointer into the input ("" is the whole of it),
    `code` a stable word for programs, `message` a sentence for people.
    """

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A refusal by the domain: expected, named, and safe to show to whoever asked."""

    def __init__(
        self, spec: ErrorSpec, detail: str, errors: Sequence[FieldError] = (), data: dict[str, Any] | None = None
    ) -> None:
        """Bind a spec to what happened this time."""
        super().__init__(f"{spec.slug}: {detail}")
        self.spec = spec
        self.detail = detail
        self.errors = tuple(errors)
        self.data: dict[str, Any] = dict(data or {})

    @property
    def slug(self) -> str:
        """The stable name of the refusal, for programs."""
        return self.spec.slug

    @property
    def kind(self) -> ErrorKind:
        """What sort of refusal it is."""
        return self.spec.kind

    @property
    def title(self) -> str:
        """The refusal in a few words, the same each time."""
        return self.spec.title


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """The declaration of one refusal: what never changes between two occurrences."""

    slug: str
    kind: ErrorKind
    title: str
    explanation: str = ""

    def error(self, detail: str, *, errors: Sequence[FieldError] = (), **data: Any) -> DomainError:
        """Make an occurrence to raise; `data` is for programs and must be JSON-able."""
        return DomainError(self, detail, errors, data)


_REGISTRY: dict[str, ErrorSpec] = {}


def define(slug: str, kind: ErrorKind, title: str, explanation: str = "") -> ErrorSpec:
    """Declare a refusal once; raises ValueError for a slug already taken or malformed."""
    if not SLUG_PATTERN.fullmatch(slug):
        raise ValueError(f"error slug {slug!r} must be lower-case words joined by underscores")
    if slug in _REGISTRY:
        raise ValueError(f"error slug {slug!r} is already defined")
    spec = ErrorSpec(slug, kind, title, explanation)
    _REGISTRY[slug] = spec
    return spec


def all_errors() -> list[ErrorSpec]:
    """Every refusal declared by the modules imported so far, ordered by slug."""
    return [_REGISTRY[slug] for slug in sorted(_REGISTRY)]


NOT_FOUND = define(
    "not_found",
    ErrorKind.NOT_FOUND,
    say("Not found"),
    say("Nothing with this id exists, or you may not see it; the answer is the same on purpose."),
)
FORBIDDEN = define(
    "forbidden",
    ErrorKind.FORBIDDEN,
    say("Not allowed"),
    say("You are known, but your role does not carry the permission that this needs."),
)
INVALID = define(
    "invalid",
    ErrorKind.INVALID,
    say("The input breaks a rule"),
    say("The request could be read, but one or more of its fields break a rule; each is listed."),
)
STATE_CONFLICT = define(
    "state_conflict",
    ErrorKind.STATE,
    say("Not possible in this state"),
    say("The thing exists, but in its present state this move is not among the allowed ones."),
)
STALE = define(
    "stale",
    ErrorKind.STALE,
    "Changed in the meantime",
    "Somebody changed it after you read it; read it again and repeat your change.",
)
MONEY_INVALID = define(
    "money_invalid",
    ErrorKind.INVALID,
    say("Not an amount of money"),
    say(
        "An amount is a decimal string with a known ISO 4217 currency code, with at most four "
        "decimals more than the currency's minor unit."
    ),
)
