"""What will fall due on which day, against the cash that is there for it, by currency."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.ledger.coverage import coverage
from marketplace.ledger.totals import owed_by_day

DAYS_DEFAULT: Final = 180
DAYS_MAX: Final = 400

_WORKERS: Final = (Code.PAY_DEFERRED, Code.PAY_DUE)
_MARGINS: Final = (Code.MARGIN_DEFERRED, Code.MARGIN_DUE)
_UNDATED: Final = (Code.HELD, Code.PAYOUTS_IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """What falls due on one day; the first day also has what is due already, the last, without a day, all later.

    `left` is the cash after everything until then, workers before margins; `left_after_workers` before the day's
    margins. Below nothing, so much is missing. `of_workers` and `of_margins` are what the accounts of each code have of
    the two sums.
    """

    due_on: dt.date | None
    workers: Money
    margins: Money
    of_workers: dict[Code, Money]
    of_margins: dict[Code, Money]
    left_after_workers: Money
    left: Money

    @property
    def missing(self) -> Money:
        """What the cash lacks for everything until then; nothing where it reaches."""
        return max(-self.left, Money.zero(self.left.currency), key=lambda money: money.amount)

    @property
    def missing_for_workers(self) -> Money:
        """What of it is missing for the day's workers already, with all that comes before them."""
        return max(-self.left_after_workers, Money.zero(self.left.currency), key=lambda money: money.amount)


@dataclass(frozen=True, slots=True)
class CashForecast:
    """One currency. `cash` is the wage account's, the rails' and what is on its way between them (I6).

    `in_flight` has been sent to payees and leaves the cash when the rail shows it; it is taken off before the first
    day. `held` is owed, but has no day. `others` is what the same cash is owed for beside: deposits, reserves, refunds.
    """

    currency: str
    cash: Money
    in_flight: Money
    held: Money
    others: Money
    days: tuple[ForecastDay, ...]

    @property
    def short_on(self) -> dt.date | None:
        """The first day on which the cash does not reach; None if it does, or if that is beyond the last day."""
        return next((day.due_on for day in self.days if day.left.amount < 0), None)

    def owed_until(self, last: dt.date) -> Money:
        """What is due already or falls due by a day of the forecast, of workers and margins."""
        due = (day for day in self.days if day.due_on is not None and day.due_on <= last)
        return sum((day.workers + day.margins for day in due), Money.zero(self.currency))


def cash_forecast(session: Session, actor: Actor, days: int = DAYS_DEFAULT) -> list[CashForecast]:
    """The forecast of each currency in which anything is there or owed, for so many days from the market's today.

    Raises forbidden without ledger.read, invalid for a number of days out of range.
    """
    actor.require("ledger.read")
    if not 1 <= days <= DAYS_MAX:
        message = f"From 1 to {DAYS_MAX} days."
        raise INVALID.error(message, errors=[FieldError("/days", "out_of_range", message)])
    today = market_now(session).date()
    owed = _owed(session, today, today + dt.timedelta(days=days))
    return [
        of_currency(currency, found.cash, found.owed, owed.get(currency, {}))
        for currency, found in coverage(session).items()
        if not (found.cash.is_zero and found.owed.is_zero)
    ]


_Dated = dict[tuple[Code, dt.date | None], int]


def _owed(session: Session, today: dt.date, last: dt.date) -> dict[str, _Dated]:
    """What accounts of payees hold, by currency, code and day; what is due already is today's, later has no day."""
    owed: defaultdict[str, _Dated] = defaultdict(dict)
    later = last + dt.timedelta(days=1)
    codes = (*_WORKERS, *_MARGINS, *_UNDATED)
    for (currency, code, due_on), amount in owed_by_day(session, codes, today, later).items():
        owed[currency][code, None if due_on == later else due_on] = amount
    return owed


def of_currency(currency: str, cash: Money, owed: Money, dated: _Dated) -> CashForecast:
    """The forecast of one currency from what accounts of payees hold, by code and day."""

    def money(codes: tuple[Code, ...], *days: dt.date | None) -> Money:
        wanted = [amount for (code, day), amount in dated.items() if code in codes and (not days or day in days)]
        return Money(sum(wanted), currency)

    in_flight, held = money((Code.PAYOUTS_IN_FLIGHT,)), money((Code.HELD,))
    left = cash - in_flight
    rows = []
    due_days = {day for code, day in dated if code not in _UNDATED}
    for day in sorted(due_days, key=lambda one: (one is None, one or dt.date.max)):
        workers, margins = money(_WORKERS, day), money(_MARGINS, day)
        after_workers = left - workers
        left = after_workers - margins
        of_workers, of_margins = (
            {code: money((code,), day) for code in codes if dated.get((code, day))} for codes in (_WORKERS, _MARGINS)
        )
        rows.append(ForecastDay(day, workers, margins, of_workers, of_margins, after_workers, left))
    others = owed - in_flight - held - money(_WORKERS) - money(_MARGINS)
    return CashForecast(currency, cash, in_flight, held, others, tuple(rows))
