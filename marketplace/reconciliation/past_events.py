"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "external_line.explained",
    1,
    "Somebody said what a line was that nothing explained",
    {
        "rail": "text: the rail's name",
        "line": "text: the rail's own id of the line",
        "amount": "money: positive came in",
        "as": "text: fee, deposit, refund, transit, moved_already, looked_for_again, remittance, conversion",
        "reason": "text",
    },
)
