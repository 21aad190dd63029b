"""The refusals that only the REST face can give: they are about the request, not the market."""

from __future__ import annotations

from marketplace.kernel.errors import ErrorKind, define

PRECONDITION_REQUIRED = define(
    "precondition_required",
    ErrorKind.PRECONDITION_REQUIRED,
    "An If-Match header is required",
    "Send the ETag of the version you read, so that nobody's change is overwritten unseen.",
)
BODY_INCOMPLETE = define(
    "body_incomplete",
    ErrorKind.SYNTAX,
    "The body broke off",
    "Less arrived than was announced, or the body ends in the middle; nothing of it was kept. Send all of it again: "
    "what is there already is skipped.",
)
COMPRESSION_REFUSED = define(
    "compression_refused",
    ErrorKind.INVALID,
    "The packed body is refused",
    "The body is damaged gzip, or it unpacks to more than a hundred times its size, as no honest text does.",
)
