"""What an error of Stripe means for the order that was sent: refused for certain, not executed, or unknown."""

from collections.abc import Iterator
from typing import Final

import stripe
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from marketplace.rails.port import NotExecuted, Refused, Unknown

DESTINATION: Final = frozenset(
    {
        "account_invalid",
        "account_closed",
        "insufficient_capabilities_for_transfer",
        "transfers_not_allowed",
        "payouts_not_allowed",
    }
)
"""Codes that only the payee can cure, at Stripe or with another payout method."""


def outcome_of(error: stripe.StripeError) -> Refused | NotExecuted | Unknown:
    """Read an error as an answer. Raises ValueError for a key that was used with other parameters.

    Whatever is not clearly one of the known certain answers is unknown.
    """
    if isinstance(error, stripe.IdempotencyError):
        if error.http_status == 409:
            return Unknown("the same key is being worked on")
        raise ValueError(f"the key was used before with other parameters: {error.user_message}") from error
    if isinstance(error, stripe.APIConnectionError):
        if any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in _causes(error)):
            return NotExecuted("no connection to Stripe")
        return Unknown("the connection ended without an answer")
    if isinstance(error, stripe.RateLimitError):
        return NotExecuted("too many requests")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return NotExecuted(f"Stripe does not accept our key: {error.user_message}")
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return Refused(_code(error), error.user_message or "Stripe refused this without a word.")
    return Unknown(f"Stripe answered {error.http_status}")


def _code(error: stripe.InvalidRequestError | stripe.CardError) -> str:
    if error.code in DESTINATION or (error.code == "resource_missing" and error.param == "destination"):
        return "account_invalid"
    return error.code or "invalid_request"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and what urllib3 keeps as a reason."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
