"""The refusals of the bank rail."""

from marketplace.kernel.errors import ErrorKind, define

STATEMENT_INVALID = define(
    "statement_invalid",
    ErrorKind.INVALID,
    "Not a bank statement that can be booked",
    "A statement is camt.053 (.02, .04 or .08), MT940, or a CSV by a saved layout, of one of our accounts, and its "
    "lines lead from its opening to its closing balance.",
)
REPORT_INVALID = define(
    "report_invalid",
    ErrorKind.INVALID,
    "Not a bank's report on a payment file",
    "A report is pain.002 (.03, .09, .10 or .12) on a payment file that was made here, and names payments of it.",
)
REPORT_CHANGED = define(
    "report_changed",
    ErrorKind.STATE,
    "The report differs from the one that was imported",
    "A report is imported once. Another one under the same id is for people to clear up with the bank.",
)
STATEMENT_CHANGED = define(
    "statement_changed",
    ErrorKind.STATE,
    "The statement differs from the one that was imported",
    "A statement is imported once. The same statement with other lines, or the same lines under another name, is for "
    "people to clear up with the bank; nothing was imported.",
)
