"""What the bank rail writes into the audit log; never an account number of anybody else."""

from marketplace.audit.events import define_event

BANK_FILE_MADE = define_event(
    "bank_file.made",
    1,
    "A payment file was made for the bank",
    {
        "message": "text: the file's own id",
        "count": "whole number: of payments",
        "amount": "money: the control sum",
        "sha256": "digest: of the file's bytes",
    },
)
BANK_STATEMENT_IMPORTED = define_event(
    "bank_statement.imported",
    1,
    "A bank statement was imported",
    {
        "statement": "text: the bank's own id of it",
        "lines": "whole number",
        "opening": "money",
        "closing": "money",
        "closed_on": "day",
        "sha256": "digest: of what the statement says",
    },
)
BANK_FILE_TAKEN = define_event(
    "bank_file.taken",
    1,
    "Somebody took a payment file again, to carry it to the bank",
    {"message": "text: the file's own id", "sha256": "digest: of the file's bytes"},
)
BANK_REPORT_IMPORTED = define_event(
    "bank_report.imported",
    1,
    "A bank's report on a payment file was imported",
    {
        "report": "text: the bank's own id of it",
        "message": "text: the id of the payment file that it is about",
        "refused": "whole number: of payments that will not be executed",
        "noted": "whole number: of payments of which it changed nothing",
        "contradicted": "whole number: of payments that it rejects and that were paid, or given up, before",
        "sha256": "digest: of the report's bytes",
    },
)
BANK_LAYOUT_SAVED = define_event(
    "bank_csv_layout.saved",
    1,
    "Somebody said how the columns of a bank's CSV are read",
    {"name": "text", "currency": "text", "columns": "list of text: their names in the file"},
)
