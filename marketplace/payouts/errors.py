"""Refusals of this package."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

NOTHING_DUE: Final = define(
    "nothing_due",
    ErrorKind.STATE,
    "Nothing is due",
    "No due installment can be paid on this rail now: none is due by the day, or no payee has a payout method there.",
)
PAYOUT_TWO_PEOPLE: Final = define(
    "payout_two_people",
    ErrorKind.FORBIDDEN,
    "Another person must do this",
    "Nobody prepares and approves the same payout run, and nobody approves one that pays them or their organization.",
)
