"""The refusals of reconciliation."""

from marketplace.kernel.errors import ErrorKind, define

LINE_EXPLAINED_OTHERWISE = define(
    "line_explained_otherwise",
    ErrorKind.INVALID,
    "The line says otherwise",
    "A line that brought money is no fee, and one that took money is no deposit. Money between our own accounts is no "
    "more than the books have moved.",
)
