"""What a trail is: steps with their sums, what lies between two of them by reason, and what does not add up."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.kernel.money import Money

STEPS: Final = ("answers", "earnings", "installments", "payout", "transfer", "lines")
"""The steps in the order in which money takes them."""

REASONS: Final = {
    "platform_fee": "Platform's fee",
    "margins_of_others": "Margins of other layers",
    "pay_of_the_workers": "Pay of the workers",
    "not_yet_due": "Not yet due",
    "due": "Due, and in no payout yet",
    "held": "Held",
    "returned": "Returned",
    "unclaimed": "Unclaimed",
    "in_another_payout": "In another payout",
    "taken_by_charges": "In installments that were taken whole for workers, the fund or a claim",
    "kept": "Kept by who took the contract over",
    "accepted_by_mistake": "Accepted by mistake and taken back",
    "extras": "Paid beside the price of answers",
    "charges": "Taken for workers, the fund or a claim",
    "changed_since": "Changed after this payout gave them up",
    "advance_fee": "Fee for taking pay early",
    "carried_in": "Carried in from before",
    "carried_out": "Carried to the next payout",
    "withheld": "Tax withheld",
    "exchanged": "Changed into another currency",
    "not_sent": "Not sent yet",
    "refused": "Refused by the rail",
    "given_up": "Given up",
    "no_answer": "The rail has not answered yet",
    "not_confirmed": "Sent, and no line confirms it yet",
    "not_imported": "Settled, and its line is not imported yet",
    "changed_by_rail": "Changed by the rail itself",
    "rail_fee": "Fee of the rail",
}
"""Every reason for which a step's sum is not the next one's, in words."""


BREAKS: Final = {
    "price_not_split": "The price of an answer is not its fee and all that it earned",
    "earning_not_shared": "An earning is not the sum of its shares",
    "installment_not_made": "An installment is not what was earned for it",
    "line_not_installment": "The payout took an installment for another amount than it has",
    "not_explained": "What is left after every reason",
    "not_in_the_books": "The ledger says another sum",
    "line_without_journal": "A line of the rail or bank that no journal says",
}
"""Every way in which a trail does not add up, in words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the difference between two steps: negative leaves the way, positive joins it.

    `about` says of whom or what: the tax authority, the rate.
    """

    reason: str
    money: Money
    about: str | None = None

    @property
    def text(self) -> str:
        """The reason in words."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class Step:
    """One station: how many things, their sum by currency, and what the ledger says of the same, None unless asked."""

    name: str
    count: int
    sums: tuple[Money, ...]
    booked: tuple[Money, ...] | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """What lies between a step and the one after it; `unexplained` is empty where it adds up."""

    before: str
    after: str
    reasons: tuple[Reason, ...]
    unexplained: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that does not add up: at which step, which row (if it is one), what it should be, and what it is."""

    step: str
    what: str
    noun: str | None
    subject_id: uuid.UUID | None
    expected: Money
    found: Money

    @property
    def text(self) -> str:
        """What is wrong, in words."""
        return BREAKS[self.what]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One key shown to the rail: how often, since when, how it ended, and what the rail called it or said."""

    attempt: int
    key: str
    tries: int
    first_at: dt.datetime
    state: str
    reference: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the installments of the payout stand now: their state, and in which payout if in one."""

    state: str
    payout_id: uuid.UUID | None
    count: int
    money: Money


def bridge(before: Step, after: Step, reasons: Sequence[Reason]) -> Bridge:
    """The difference of two steps by its reasons, without those that are nothing; what is over is unexplained."""
    over = sums_of([*before.sums, *(reason.money for reason in reasons), *(-money for money in after.sums)])
    given = tuple(reason for reason in reasons if not reason.money.is_zero)
    return Bridge(before.name, after.name, given, moneys_of(over))


def breaks_of(bridges: Iterable[Bridge]) -> tuple[Break, ...]:
    """What no reason explains: it is nothing where all is well."""
    return tuple(
        Break(one.after, "not_explained", None, None, Money.zero(over.currency), over)
        for one in bridges
        for over in one.unexplained
    )


def sums_of(moneys: Iterable[Money]) -> dict[str, int]:
    """The sums of amounts by currency, in ledger units."""
    sums: dict[str, int] = {}
    for money in moneys:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount
    return sums


def moneys_of(amounts: dict[str, int], *, zero: str | None = None) -> tuple[Money, ...]:
    """The sums by currency that are not nothing; nothing of the currency `zero` where that leaves none."""
    found = tuple(Money(amount, currency) for currency, amount in sorted(amounts.items()) if amount)
    return found or (() if zero is None else (Money.zero(zero),))
