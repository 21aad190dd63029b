"""The refusals of rates."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

CURRENCY_NOT_OFFERED: Final = define(
    "currency_not_offered",
    ErrorKind.INVALID,
    say("Nobody is paid in this currency here"),
    say("A payout can be changed only into a currency for which this market has a rate."),
)
