"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "coverage.published",
    1,
    "What is there, beside what is owed to clients and payees",
    {
        "day": "day: market day",
        "cash": "money: at the rails and in the wage account",
        "owed": "money: to clients and payees, and what nobody has explained yet",
        "claims": "money: what clients and layers owe to the platform, which explains a shortfall",
        "ratio_ppm": "whole number or null: cash over debts in millionths, rounded down; null when nothing is owed",
        "covered": "boolean",
    },
)
superseded_event(
    "period.closed",
    1,
    "Month closed",
    {
        "month": "text: YYYY-MM; it and every month before it are closed",
        "digest": "digest: as proposed",
        "proposed_by": "person id: the person",
        "closed_by": "person id: the other person",
        "totals": "list of record: {code, debits: money, credits: money}: the trial balance at the close",
    },
)
