"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "currency.converted",
    1,
    "Finance entered an exchange at the bank that closes what stood open between two currencies",
    {
        "sold": "money: what was given",
        "bought": "money: what was got",
        "closed": "money: of the position in the currency owed, at the quoted rates; below nothing if it was a surplus",
        "result": "money: gain, or below nothing loss",
        "journals": "list of journal id: of what was given and of what was got",
        "reason": "text",
    },
)

superseded_event(
    "payout_run.prepared",
    1,
    "A payout run was prepared",
    {
        "rail": "text: the rail's name",
        "due_by": "day: market day",
        "payouts": "whole number",
        "totals": "list of money: one a currency, ascending by currency",
        "digest": "digest: of the lines `payout installment amount`, ascending, amounts in ledger units",
    },
)
