"""Whether the money that is there covers what is owed to clients and payees, by currency (I6); published every day."""

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import PPM, Money
from marketplace.ledger.chart import CONTROLLED, Code
from marketplace.ledger.events import COVERAGE_PUBLISHED
from marketplace.ledger.models import CoverageReport
from marketplace.ledger.totals import totals_by_code

CASH: Final = frozenset({Code.BANK_WAGES, Code.RAIL_AVAILABLE, Code.RAIL_PENDING, Code.TRANSFERS_IN_TRANSIT})
OWED: Final = CONTROLLED | {Code.REFUND_PAYABLE, Code.RETURNED, Code.TAX_WITHHELD}
"""What belongs to clients and payees, and to the tax authorities for these."""
EXCUSES: Final = frozenset({Code.CLIENT_RECEIVABLE, Code.RECOURSE_RECEIVABLE})
"""Open claims that explain a shortfall: an alarm, but the books are right."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One currency: what is there, what is owed, and the open claims that explain a difference.

    `position` is the open currency position at its quoted rates: what is yet to come of this currency for another, or,
    below nothing, what of the cash here stands for debts in another.
    """

    cash: Money
    owed: Money
    claims: Money
    position: Money

    @property
    def covered(self) -> bool:
        """Whether the cash, with the open currency position, covers what is owed."""
        return self._there >= self.owed.amount

    @property
    def explained(self) -> bool:
        """Whether that and the open claims together do."""
        return self._there + self.claims.amount >= self.owed.amount

    @property
    def ratio_ppm(self) -> int | None:
        """Cash and position over debts in parts per million, rounded down; None when nothing is owed."""
        return self._there * PPM // self.owed.amount if self.owed.amount > 0 else None

    @property
    def _there(self) -> int:
        return self.cash.amount + self.position.amount


def coverage(session: Session) -> dict[str, Coverage]:
    """The coverage of each currency with a posting."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: {"cash": 0, "owed": 0, "claims": 0, "position": 0})
    for code, currency, debited, credited in totals_by_code(session):
        if code in CASH:
            sums[currency]["cash"] += debited - credited
        elif code in EXCUSES or code == Code.DISPUTE_FREEZE:
            # What a chargeback has frozen is the client's only if it is won, and then the rail brings as much: until
            # then it pays for a part of what was charged back.
            sums[currency]["claims"] += debited - credited
        elif code == Code.CURRENCY_POSITION:
            sums[currency]["position"] += debited - credited
        elif code in OWED:
            sums[currency]["owed"] += credited - debited
        elif code == Code.SUSPENSE:
            # Money that came in unexplained is somebody's; money that is missing unexplained excuses nothing.
            sums[currency]["owed"] += max(0, credited - debited)
    return {
        currency: Coverage(**{name: Money(amount, currency) for name, amount in sums[currency].items()})
        for currency in sorted(sums)
    }


def publish(session: Session) -> int:
    """Sweep: once a market day, keep and log the coverage of each currency; returns how many were published.

    Any number of processes may try: the day's row is written once.
    """
    today = market_now(session).date()
    if session.scalar(select(CoverageReport.day).where(CoverageReport.day == today).limit(1)) is not None:
        return 0
    advisory_xact_lock(session, "ledger.coverage")
    published = 0
    for currency, found in coverage(session).items():
        row = insert(CoverageReport).values(
            id=new_id(),
            day=today,
            currency=currency,
            cash=found.cash.amount,
            owed=found.owed.amount,
            claims=found.claims.amount,
            position=found.position.amount,
        )
        written = session.execute(row.on_conflict_do_nothing().returning(CoverageReport.id)).scalar_one_or_none()
        if written is not None:
            _record(session, written, today, found)
            published += 1
    return published


def newest(session: Session) -> dict[str, Coverage]:
    """The coverage by currency as it was last published."""
    last = select(func.max(CoverageReport.day)).scalar_subquery()
    rows = session.scalars(select(CoverageReport).where(CoverageReport.day == last).order_by(CoverageReport.currency))
    return {
        row.currency: Coverage(
            *(Money(amount, row.currency) for amount in (row.cash, row.owed, row.claims, row.position))
        )
        for row in rows
    }


def _record(session: Session, report_id: uuid.UUID, today: dt.date, found: Coverage) -> None:
    record(
        session,
        COVERAGE_PUBLISHED,
        system_actor("publish_coverage"),
        subject=("coverage_report", report_id),
        body={
            "day": day(today),
            "cash": found.cash.to_wire(),
            "owed": found.owed.to_wire(),
            "claims": found.claims.to_wire(),
            "position": found.position.to_wire(),
            "ratio_ppm": found.ratio_ppm,
            "covered": found.covered,
        },
    )
