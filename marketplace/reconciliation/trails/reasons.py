"""Why the sum of one step of a trail is not the sum of the next: every part of the difference, by its reason."""

from typing import Final

from marketplace.reconciliation.trails.reading import Reading
from marketplace.reconciliation.trails.steps import Reason

LEFT_ITS_INSTALLMENTS: Final = ("cancelled", "returned")
"""States of a payout whose installments went on without it, and may have shrunk since."""

_ELSEWHERE: Final = {
    "scheduled": "not_yet_due",
    "due": "due",
    "advanced": "due",
    "held": "held",
    "unclaimed": "unclaimed",
    "in_payout": "in_another_payout",
    "paid": "in_another_payout",
    "cancelled": "taken_by_charges",
    "kept": "kept",
}
_NOT_SENT: Final = {"draft": "not_sent", "approved": "not_sent", "refused": "refused", "cancelled": "given_up"}
_NO_LINE: Final = {
    "submitting": "no_answer",
    "unknown": "no_answer",
    "sent": "not_confirmed",
    "settled": "not_imported",
}


def from_price_to_earnings(read: Reading) -> list[Reason]:
    """From the price of the answers to what this payee earned for them."""
    return [
        Reason("platform_fee", -read.money(read.earned.fee)),
        Reason("margins_of_others", -read.money(read.earned.margins)),
        Reason("pay_of_the_workers", -read.money(read.earned.pay)),
    ]


def from_earnings_to_installments(read: Reading) -> list[Reason]:
    """From what was earned to the installments of this payout: what of it is elsewhere, and what else is in them."""
    sums: dict[str, int] = {}
    for row in read.shared:
        if row.taken_back:
            name = "accepted_by_mistake"
        elif row.here:
            continue
        else:
            name = "returned" if row.returned else _ELSEWHERE[row.state]
        sums[name] = sums.get(name, 0) - int(row.amount)
    return [
        *(Reason(name, read.money(amount)) for name, amount in sums.items()),
        Reason("extras", read.money(read.installed.extras)),
        Reason("charges", -read.money(read.installed.charges)),
    ]


def from_installments_to_payout(read: Reading) -> list[Reason]:
    """From the installments to what the payout pays of the debt."""
    payout = read.payout
    since = read.money(read.installed.lines) - read.money(read.installed.amount)
    return [
        *([Reason("changed_since", since)] if payout.state in LEFT_ITS_INSTALLMENTS else []),
        Reason("advance_fee", -payout.fee),
        Reason("carried_in", read.money(payout.carried_in)),
        Reason("carried_out", -read.money(payout.carried_out)),
    ]


def from_payout_to_transfer(read: Reading) -> list[Reason]:
    """From the payout to what the rail was told to pay."""
    payout = read.payout
    reasons = [Reason("withheld", -line.money, line.authority) for line in read.withheld]
    if payout.changed:
        reasons += [Reason("exchanged", -payout.given, read.rate), Reason("exchanged", payout.paid, read.rate)]
    if payout.state in _NOT_SENT:
        reasons.append(Reason(_NOT_SENT[payout.state], -payout.paid))
    return reasons


def from_transfer_to_lines(read: Reading) -> list[Reason]:
    """From what the rail was told to pay to what its lines, or the bank's, say."""
    payout = read.payout
    reasons = []
    if payout.cost is not None:
        reasons += [Reason("changed_by_rail", -payout.paid), Reason("changed_by_rail", payout.taken)]
    if payout.state in _NO_LINE and not any(line.money.amount < 0 for line in read.lines):
        reasons.append(Reason(_NO_LINE[payout.state], -payout.taken))
    for line in read.lines:
        reasons.append(Reason("rail_fee", line.fee, line.external_id))
        if payout.state == "returned" and line.money.amount > 0:
            reasons.append(Reason("returned", -(line.money + line.fee), line.external_id))
    return reasons
