"""The refusals of the persistence kit, and the errors that keep a process from starting."""

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

CURSOR_INVALID = define(
    "cursor_invalid", ErrorKind.SYNTAX, say("Unknown cursor"), say("Pass next_cursor of an earlier answer, unchanged.")
)
LIMIT_INVALID = define("limit_invalid", ErrorKind.SYNTAX, say("Unusable limit"), say("A page holds 1 to 200 rows."))
IDEMPOTENCY_KEY_REUSED = define(
    "idempotency_key_reused",
    ErrorKind.INVALID,
    "Idempotency key used for something else",
    "The same key came with another request earlier. Use a new key for a new request.",
)
IDEMPOTENCY_IN_PROGRESS = define(
    "idempotency_in_progress",
    ErrorKind.STATE,
    "Still at work on the same request",
    "A request with this key is running. Ask again in a moment with the same key.",
)
CLOCK_FIXED = define(
    "clock_fixed", ErrorKind.FORBIDDEN, "The clock stands fixed", "Time is moved in demonstrations and tests only."
)
CLOCK_BACKWARDS = define(
    "clock_backwards", ErrorKind.STATE, "The clock never runs backwards", "Market time can be moved forward only."
)

SEALED_UNREADABLE = define(
    "sealed_unreadable",
    ErrorKind.UNAVAILABLE,
    "Sealed data cannot be read",
    "Bank and personal data of payees is kept sealed; the operator's key file lacks the key of what this needs.",
)


class DatabaseError(Exception):
    """The database cannot be used as it stands; the text is one clear sentence for the operator."""
