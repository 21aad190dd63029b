"""The refusals of the ledger."""

from marketplace.kernel.errors import ErrorKind, define

BALANCE_INSUFFICIENT = define(
    "balance_insufficient",
    ErrorKind.UNFUNDED,
    "Not enough money on an account",
    "The posting would take more from an account than it holds; nothing was posted. Where it is your own balance, "
    "pay in first.",
)
COVERAGE_SHORT = define(
    "coverage_short",
    ErrorKind.UNFUNDED,
    "The money of clients and payees comes first",
    "The platform may take out only what is not needed to pay everything that is owed to clients and payees.",
)
JOURNAL_KEY_REUSED = define(
    "journal_key_reused",
    ErrorKind.STATE,
    "Posted before with other amounts",
    "A journal with the same key exists and says something else; one key stands for one journal for ever.",
)
PERIOD_CLOSED_ALREADY = define(
    "period_closed",
    ErrorKind.STATE,
    "The books of that month are closed",
    "Nothing more is recorded that is effective by the end of a closed month; record it on the day it came to light.",
)
PERIOD_CHANGED = define(
    "period_changed",
    ErrorKind.STATE,
    "The month is not as it was proposed",
    "Journals were recorded that are effective by the end of the month since its closing was proposed. Look at it and "
    "propose it again.",
)
PERIOD_TWO_PEOPLE = define(
    "period_two_people",
    ErrorKind.STATE,
    "Another person must approve",
    "Who proposes to close a month, or to open it again, may not approve it.",
)
PERIOD_LATER_CLOSED = define(
    "period_later_closed",
    ErrorKind.STATE,
    "A later month is closed",
    "Only the last closed month can be opened again: its totals begin with those of the months before it. Reopen the "
    "later one first.",
)
