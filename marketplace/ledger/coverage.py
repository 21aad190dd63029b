"""Whether the money that is there covers what is owed to clients and payees, by currency (I6)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.kernel.money import PPM, Money
from marketplace.ledger.balances import totals_by_code
from marketplace.ledger.chart import CONTROLLED, Code

CASH: Final = frozenset({Code.BANK_WAGES, Code.RAIL_AVAILABLE, Code.RAIL_PENDING, Code.TRANSFERS_IN_TRANSIT})
OWED: Final = CONTROLLED | {Code.REFUND_PAYABLE, Code.RETURNED}
"""What belongs to clients and payees."""
EXCUSES: Final = frozenset({Code.CLIENT_RECEIVABLE, Code.RECOURSE_RECEIVABLE})
"""Open claims that explain a shortfall: an alarm, but the books are right."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One currency: what is there, what is owed, and the open claims that explain a difference."""

    cash: Money
    owed: Money
    claims: Money

    @property
    def covered(self) -> bool:
        """Whether the cash alone covers what is owed."""
        return self.cash.amount >= self.owed.amount

    @property
    def explained(self) -> bool:
        """Whether cash and open claims together do."""
        return self.cash.amount + self.claims.amount >= self.owed.amount

    @property
    def ratio_ppm(self) -> int | None:
        """Cash over debts in parts per million, rounded down; None when nothing is owed."""
        return self.cash.amount * PPM // self.owed.amount if self.owed.amount > 0 else None


def coverage(session: Session) -> dict[str, Coverage]:
    """The coverage of each currency with a posting, from all postings."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: {"cash": 0, "owed": 0, "claims": 0})
    for code, currency, debited, credited in session.execute(totals_by_code()):
        if code in CASH:
            sums[currency]["cash"] += int(debited - credited)
        elif code in EXCUSES:
            sums[currency]["claims"] += int(debited - credited)
        elif code in OWED:
            sums[currency]["owed"] += int(credited - debited)
        elif code == Code.SUSPENSE:
            # Money that came in unexplained is somebody's; money that is missing unexplained excuses nothing.
            sums[currency]["owed"] += max(0, int(credited - debited))
    return {
        currency: Coverage(**{name: Money(amount, currency) for name, amount in sums[currency].items()})
        for currency in sorted(sums)
    }
