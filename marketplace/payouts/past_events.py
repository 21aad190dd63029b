"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from typing import Final

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

_REMITTANCE: Final = {
    "authority": "text: such as KE-KRA",
    "first": "day: first day of the period",
    "last": "day: its last day",
    "amount": "money: what was withheld of payouts that settled in the period, less what of earlier ones came back",
    "digest": "digest: of its lines, each 'payout amount' with the amount in ledger units, in order",
}

superseded_event("tax_remittance.proposed", 1, "It was proposed to pay withheld tax to its authority", _REMITTANCE)
superseded_event(
    "tax_remittance.approved", 1, "A second person approved that withheld tax is paid to its authority", _REMITTANCE
)
superseded_event(
    "tax_remittance.rejected", 1, "A remittance of withheld tax was given up before it was paid", _REMITTANCE
)
superseded_event(
    "tax_remittance.paid",
    1,
    "Withheld tax was paid to its authority",
    {**_REMITTANCE, "journal": "journal id", "reference": "text: what the bank calls the payment"},
)
