"""The reason that goes with what is done to a layer: the one concerned reads it."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.errors import INVALID, FieldError

REASON_LENGTH_MAX: Final = 2000


_MESSAGE: Final = f"Say why, in 1 to {REASON_LENGTH_MAX} characters."


def reason_errors(reason: str) -> list[FieldError]:
    """What is wrong with a reason: nothing, or too much, is said."""
    fits = 1 <= len(reason.strip()) <= REASON_LENGTH_MAX
    return [] if fits else [FieldError("/reason", "out_of_range", _MESSAGE)]


def require_reason(reason: str) -> str:
    """The reason without the blanks around it. Raises invalid with what is wrong with it."""
    errors = reason_errors(reason)
    if errors:
        raise INVALID.error(_MESSAGE, errors=errors)
    return reason.strip()
