"""The refusals that only the REST face can give: they are about the request, not the market."""

from __future__ import annotations

from marketplace.kernel.errors import ErrorKind, define

IDEMPOTENCY_KEY_REQUIRED = define(
    "idempotency_key_required",
    ErrorKind.SYNTAX,
    "An Idempotency-Key header is required",
    "What moves money or creates something is sent with a key of your choice (1 to 255 visible characters), "
    "so that sending it again after a broken connection does it once.",
)
PRECONDITION_REQUIRED = define(
    "precondition_required",
    ErrorKind.PRECONDITION_REQUIRED,
    "An If-Match header is required",
    "Send the ETag of the version you read, so that nobody's change is overwritten unseen.",
)
