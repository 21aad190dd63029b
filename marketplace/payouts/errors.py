"""Refusals of this package."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

NOTHING_DUE: Final = define(
    "nothing_due",
    ErrorKind.STATE,
    "Nothing is due",
    "No due installment can be paid on this rail now: none is due by the day, or no payee has a payout method there.",
)
NOTHING_WITHHELD: Final = define(
    "nothing_withheld",
    ErrorKind.STATE,
    "No tax is to be remitted",
    "Nothing that was withheld, or is sales tax, of this authority, currency and period waits to be paid to it.",
)
POSITION_NOT_OPEN: Final = define(
    "position_not_open",
    ErrorKind.STATE,
    "No such currency position is open",
    "An exchange at the bank closes what payouts left open between two currencies, and never more than that.",
)
REMITTANCE_SHORT: Final = define(
    "remittance_short",
    ErrorKind.STATE,
    "The money for this remittance is not there",
    "A remittance of withheld tax is never more than what account 2200 of its authority holds, and none is more than "
    "the account it is paid from holds, where that is the operating account.",
)
PAYOUT_TWO_PEOPLE: Final = define(
    "payout_two_people",
    ErrorKind.FORBIDDEN,
    "Another person must do this",
    "Nobody prepares and approves the same payout run, and nobody approves one that pays them or their organization.",
)
