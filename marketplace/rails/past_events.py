"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "payouts.frozen",
    1,
    "No payout is sent until the rails have been read back",
    {
        "reason": "text",
        "read_from": "moment or null: from when on the rails must be read back",
    },
)
superseded_event(
    "payouts.line_acknowledged",
    1,
    "A transfer that the books do not know was looked into while payouts were frozen",
    {
        "line": "external line id: the rail's line",
        "reason": "text",
    },
)
superseded_event(
    "deposit.available",
    1,
    "Deposit arrived",
    {
        "rail": "text: the rail's name",
        "amount": "money: what is paid in",
        "reference": "text: the rail's id of the charge",
    },
)
