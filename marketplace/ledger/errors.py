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
