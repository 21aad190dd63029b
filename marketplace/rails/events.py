"""What rails write into the audit log."""

from marketplace.audit.events import define_event

_ORDER = {"rail": "text: the rail's name", "amount": "money: what is paid in"}

DEPOSIT_STARTED = define_event("deposit.started", 1, "Deposit ordered", _ORDER)
DEPOSIT_AVAILABLE = define_event(
    "deposit.available",
    2,
    "Deposit arrived",
    {
        "rail": "text: the rail's name",
        "amount": "money: what came in",
        "announced": "money or null: what had been announced, where another amount came",
        "reference": "text: the rail's id of the charge",
    },
)
DEPOSIT_REFUSED = define_event(
    "deposit.refused", 1, "Deposit refused", {**_ORDER, "reason": "text: what the rail says"}
)
DESTINATION_SET = define_event(
    "payout_destination.set",
    1,
    "Payout destination set",
    {"rail": "text: the rail's name"},  # never the destination itself: it points at a bank account
)

_CHANGE = {"rail": "text: the rail's name", "change": "payout method change id"}

CHANGE_ASKED = define_event(
    "payout_destination.change_asked",
    1,
    "Change of payout destination asked for; it waits",
    {**_CHANGE, "takes_effect_at": "moment: real time"},
)
CHANGE_CANCELLED = define_event(
    "payout_destination.change_cancelled", 1, "Change of payout destination taken back", _CHANGE
)
DESTINATION_CHANGED = define_event("payout_destination.changed", 1, "Change of payout destination took effect", _CHANGE)
BANK_REFUSED = define_event(
    "payout_destination.bank_refused",
    1,
    "The payee's own bank did not take what their account at the rail paid on",
    {
        "rail": "text: the rail's name",
        "refusals": "list of bank refusal id: what it did not take",
        "stopped": "boolean: whether nothing is paid there until the rail pays on again",
    },
)
DESTINATION_RESUMED = define_event(
    "payout_destination.resumed",
    1,
    "The payee's account at the rail pays on to their bank again",
    {"rail": "text: the rail's name"},
)

_REFUND = {"deposit": "deposit id", "rail": "text: the rail's name", "amount": "money: what goes back"}

REFUND_ORDERED = define_event("refund.ordered", 1, "Refund ordered", _REFUND)
REFUND_SETTLED = define_event(
    "refund.settled", 1, "Refund given back", {**_REFUND, "reference": "text: the rail's id of the refund"}
)
REFUND_REFUSED = define_event(
    "refund.refused", 1, "Refund refused; the money is the client's deposit again", {**_REFUND, "reason": "text"}
)
REFUND_RETRIED = define_event(
    "refund.retried",
    1,
    "Two people agreed that a refund never reached the rail; it is ordered anew",
    {**_REFUND, "attempt": "whole number", "people": "list of person id: of both"},
)
PAYOUTS_ARE_FROZEN = define_event(
    "payouts.frozen",
    2,
    "No payout is sent until the rails have been read back",
    {"reason_commitment": "commitment", "read_from": "moment or null: from when on the rails must be read back"},
)
PAYOUTS_LIFT_ASKED = define_event(
    "payouts.unfreezing_asked",
    1,
    "One person asks that payouts may be sent again; another reads the rails back and lets them",
    {"reason_commitment": "commitment"},
)
LINE_ACKNOWLEDGED = define_event(
    "payouts.line_acknowledged",
    2,
    "A transfer that the books do not know was looked into while payouts were frozen",
    {"line": "external line id: the rail's line", "reason_commitment": "commitment"},
)
PAYOUTS_ARE_LIFTED = define_event("payouts.unfrozen", 1, "Payouts may be sent again", {})
