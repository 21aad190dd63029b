"""What reconciliation writes into the audit log."""

from marketplace.audit.events import define_event

LINE_MATCHED = define_event(
    "external_line.matched",
    1,
    "A rail's line and a journal say the same",
    {
        "rail": "text; the rail's name",
        "line": "text; the rail's own id of the line",
        "amount": "money; positive came in",
        "reference": "text; the rail's own id of the charge or transfer",
        "journal": "text; public id",
    },
)
