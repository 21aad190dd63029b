"""The refusals of rates."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

CURRENCY_NOT_OFFERED: Final = define(
    "currency_not_offered",
    ErrorKind.INVALID,
    "Nobody is paid in this currency here",
    "A payout can be changed only into a currency for which this market has a rate.",
)
