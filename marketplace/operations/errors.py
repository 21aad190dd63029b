"""What operations refuse, and the problem of one that did not succeed."""

from marketplace.kernel.errors import ErrorKind, define

OPERATIONS_TOO_MANY = define(
    "operations_too_many",
    ErrorKind.STATE,
    "Too many operations are under way",
    "An organization may have a limited number of unfinished operations; wait for some of them, or cancel them.",
)
OPERATION_FAILED = define(
    "operation_failed",
    ErrorKind.UNAVAILABLE,
    "The operation failed",
    "It was tried several times and broke each time, through no fault of the request; it may be asked for again. "
    "Found as the problem of a failed operation.",
)
