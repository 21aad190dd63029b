"""The refusals of reconciliation."""

from marketplace.kernel.errors import ErrorKind, define

LINE_EXPLAINED_OTHERWISE = define(
    "line_explained_otherwise",
    ErrorKind.INVALID,
    "The line says otherwise",
    "A line that brought money is no fee, and one that took money is no deposit. Money between our own accounts is no "
    "more than the books have moved.",
)

LINE_TWO_PEOPLE = define(
    "line_two_people",
    ErrorKind.FORBIDDEN,
    "Another person must do this",
    "What a line above RECONCILIATION_ALONE_MAX was is said by one person and approved by another; so is undoing it.",
)
