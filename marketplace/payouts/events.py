"""Audit kinds: payout runs and what became of each payout."""

from typing import Final

from marketplace.audit.events import define_event

RUN_PREPARED: Final = define_event(
    "payout_run.prepared",
    2,
    "A payout run was prepared",
    {
        "rail": "text: the rail's name",
        "due_by": "day: market day",
        "payouts": "whole number",
        "totals": "list of money: one a currency, ascending by currency",
        "digest": "digest: of the lines `payout installment amount`, ascending, the ids written as UUIDs, amounts in "
        "ledger units, each line with its end",
    },
)
RUN_APPROVED: Final = define_event(
    "payout_run.approved",
    1,
    "A payout run was approved",
    {"prepared_by": "person id", "approved_by": "person id", "payouts": "whole number"},
)
RUN_STARTED: Final = define_event("payout_run.started", 1, "A payout run began to be sent", {"payouts": "whole number"})
RUN_DONE: Final = define_event(
    "payout_run.done", 1, "Every payout of a run ended", {"settled": "whole number", "cancelled": "whole number"}
)
RUN_CANCELLED: Final = define_event(
    "payout_run.cancelled", 1, "A payout run was cancelled before it was sent", {"payouts": "whole number"}
)

_PAYOUT: Final = {"run": "payout run id", "amount": "money", "attempt": "whole number"}

PAYOUT_SUBMITTED: Final = define_event(
    "payout.submitted", 1, "A payout is about to be asked of the rail", {**_PAYOUT, "tries": "whole number"}
)
PAYOUT_SENT: Final = define_event(
    "payout.sent", 1, "The rail took a payout", {**_PAYOUT, "reference": "text: the rail's own id of the transfer"}
)
PAYOUT_DEFERRED: Final = define_event(
    "payout.deferred", 1, "The rail certainly did nothing; the payout waits", {**_PAYOUT, "reason": "text"}
)
PAYOUT_UNKNOWN: Final = define_event(
    "payout.unknown", 1, "Whether the rail took a payout is not known", {**_PAYOUT, "reason": "text"}
)
PAYOUT_REFUSED: Final = define_event(
    "payout.refused", 1, "The rail refused a payout for certain", {**_PAYOUT, "code": "text: the reason's short code"}
)
PAYOUT_RETRIED: Final = define_event(
    "payout.retried", 1, "A refused payout may be sent again as the next attempt", {**_PAYOUT, "by": "person id"}
)
PAYOUT_NOT_EXECUTED: Final = define_event(
    "payout.not_executed",
    1,
    "A payout that the rail had taken was not executed: by the rail's report, or as two people confirmed",
    {
        **_PAYOUT,
        "reference": "text: the rail's own id of the transfer",
        "code": "text: the reason's short code",
        "file": "text: the payment file that it was in",
        "report": "text or null: the bank's id of its report",
        "statements": "list of text: the bank's ids of the statements that do not show it, oldest first",
        "reach": "day or null: the day up to which they do not show it",
        "people": "list of person id: of who said so and who confirmed it",
    },
)
PAYOUT_CAME_LATE: Final = define_event(
    "payout.came_late",
    1,
    "A payout that counted as refused was executed after all; it counts as sent",
    {**_PAYOUT, "reference": "text: the rail's own id of the transfer"},
)
PAYOUT_CAME_BACK: Final = define_event(
    "payout.returned",
    1,
    "A payout came back; its installments are held until the payee sets another payout method",
    {**_PAYOUT, "reference": "text: the rail's own id of the transfer", "journal": "journal id"},
)
PAYOUT_UNCONFIRMED: Final = define_event(
    "payout.unconfirmed",
    1,
    "The line that was taken for a payout's is not its: the payout is sent, and nothing shows that it arrived",
    {**_PAYOUT, "reference": "text: the rail's own id of the transfer", "journal": "journal id"},
)
PAYOUT_CANCELLED: Final = define_event(
    "payout.cancelled",
    1,
    "A payout was cancelled; its installments are due again or held",
    {**_PAYOUT, "held": "text or null: the reason for which its installments are held"},
)
PAYOUT_QUOTED: Final = define_event(
    "payout.quoted",
    1,
    "A rate was quoted for a payout whose payee chose another currency than the one owed",
    {
        "payout": "payout id",
        "owed": "money: what of the debt it pays, in the currency owed",
        "paid": "money: what the payee gets for it",
        "exchange_rate": "exchange rate id",
        "rate": "decimal: with all its digits: how much of the currency paid one of the currency owed buys",
        "source": "text: finance, or the name of the rail that gave the rate",
        "quoted_at": "moment: market time",
        "valid_until": "moment: market time",
    },
)
PAYOUT_APPROVED: Final = define_event(
    "payout.approved",
    1,
    "A payout whose new rate is worse for the payee was approved at it",
    {**_PAYOUT, "paid": "money: what the payee gets", "by": "person id"},
)
CHANGE_SETTLED: Final = define_event(
    "payout.change_settled",
    1,
    "A payout in another currency than the one owed arrived, and what that really cost is known",
    {
        **_PAYOUT,
        "paid": "money: what the payee got",
        "taken": "money: what left our balance at the rail, in either currency",
    },
)
PAYOUT_SETTLED: Final = define_event(
    "payout.settled",
    1,
    "A payout arrived; its installments are paid",
    {
        **_PAYOUT,
        "carried_in": "money",
        "carried_out": "money: stays owed",
        "installments": "list of installment id: ascending",
        "reference": "text: the rail's own id of the transfer",
        "journal": "journal id",
    },
)

_WITHHOLDING: Final = {
    "payee": "id",
    "valid_from": "day: market day",
    "commitment": "digest: of a salt and the lines (authority, rate_ppm), which the payee and finance see",
}

WITHHOLDING_PROPOSED: Final = define_event(
    "withholding.proposed", 1, "It was proposed what tax is withheld from a payee", _WITHHOLDING
)
WITHHOLDING_APPROVED: Final = define_event(
    "withholding.approved", 1, "A second person approved what tax is withheld from a payee", _WITHHOLDING
)
WITHHOLDING_REJECTED: Final = define_event(
    "withholding.rejected", 1, "A proposal of what tax is withheld from a payee was rejected", _WITHHOLDING
)

_REMITTANCE: Final = {
    "tax": "text: withheld, from payouts, or sales, inside invoiced fees",
    "authority": "text: such as KE-KRA",
    "first": "day: first day of the period",
    "last": "day: its last day",
    "amount": "money: of payouts that settled in the period, less what of earlier ones came back; or of invoices of "
    "months that ended in it, less the credit notes until then",
    "digest": "digest: of its lines, each 'payout amount' or 'invoice amount', amounts in ledger units, in order",
}

REMITTANCE_PROPOSED: Final = define_event(
    "tax_remittance.proposed", 2, "It was proposed to pay tax to its authority", _REMITTANCE
)
REMITTANCE_APPROVED: Final = define_event(
    "tax_remittance.approved", 2, "A second person approved that tax is paid to its authority", _REMITTANCE
)
REMITTANCE_REJECTED: Final = define_event(
    "tax_remittance.rejected", 2, "A remittance of tax was given up before it was paid", _REMITTANCE
)
REMITTANCE_PAID: Final = define_event(
    "tax_remittance.paid",
    2,
    "Tax was paid to its authority",
    {**_REMITTANCE, "journal": "journal id", "reference": "text: what the bank calls the payment"},
)

CURRENCY_CONVERTED: Final = define_event(
    "currency.converted",
    2,
    "Finance entered an exchange at the bank that closes what stood open between two currencies",
    {
        "sold": "money: what was given",
        "bought": "money: what was got",
        "closed": "money: of the position in the currency owed, at the quoted rates; below nothing if it was a surplus",
        "result": "money: gain, or below nothing loss",
        "journals": "list of journal id: of what was given and of what was got",
        "reason_commitment": "commitment",
    },
)
