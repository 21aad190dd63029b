"""What both JSON APIs refuse before any verb is asked: a body or a query that cannot be read, a missing key."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

BODY_MALFORMED: Final = define(
    "body_malformed",
    ErrorKind.SYNTAX,
    "The body cannot be read",
    "The body is not the JSON, NDJSON or multipart form that this address takes.",
)
QUERY_INVALID: Final = define(
    "query_invalid",
    ErrorKind.SYNTAX,
    say("A query parameter is unknown or malformed"),
    say("Filters that do not exist are refused and never ignored, so that a mistyped filter cannot widen a list."),
)
IDEMPOTENCY_KEY_REQUIRED: Final = define(
    "idempotency_key_required",
    ErrorKind.SYNTAX,
    "An Idempotency-Key header is required",
    "What moves money or creates something is sent with a key of your choice (1 to 255 visible characters), "
    "so that sending it again after a broken connection does it once.",
)
