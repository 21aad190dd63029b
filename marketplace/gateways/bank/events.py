"""What the bank rail writes into the audit log; never an account number of anybody else."""

from marketplace.audit.events import define_event

BANK_FILE_MADE = define_event(
    "bank_file.made",
    1,
    "A payment file was made for the bank",
    {
        "message": "text; the file's own id",
        "count": "whole number of payments",
        "amount": "money; the control sum",
        "sha256": "text; digest of the file's bytes",
    },
)
BANK_STATEMENT_IMPORTED = define_event(
    "bank_statement.imported",
    1,
    "A bank statement was imported",
    {
        "statement": "text; the bank's own id of it",
        "lines": "whole number",
        "opening": "money",
        "closing": "money",
        "closed_on": "day",
        "sha256": "text; digest of what the statement says",
    },
)
