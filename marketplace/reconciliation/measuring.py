"""Clearing, timeliness and completeness: how much of what rails and the bank say is explained, and how soon."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import PPM

TIMELY_DAYS: Final = 3
"""A line that is explained within so many days of its own is so in time."""

DAYS: Final = 14
DAYS_MAX: Final = 92
ROWS_MAX: Final = 2_000

_STATEMENTS = load(__file__, "measuring.sql")


@dataclass(frozen=True, slots=True)
class Measured:
    """What there was to explain, and was: counts of one day and account, or of several."""

    lines: int = 0
    cleared: int = 0
    timely: int = 0
    statements: int = 0
    sound: int = 0

    @property
    def clearing_ppm(self) -> int | None:
        """The share of the lines that are explained, in millionths, rounded down; None where there is none."""
        return _share(self.cleared, self.lines)

    @property
    def timeliness_ppm(self) -> int | None:
        """The share of the lines that were explained within TIMELY_DAYS, as above."""
        return _share(self.timely, self.lines)

    @property
    def completeness_ppm(self) -> int | None:
        """The share of the statements that follow the one before and add up, as above; a rail without has None."""
        return _share(self.sound, self.statements)


@dataclass(frozen=True, slots=True)
class MeasuredDay(Measured):
    """Of one day (market time, UTC) and one account: a rail's, or the bank's, in a currency."""

    rail: str = ""
    currency: str = ""
    day: dt.date = dt.date.min


def reconciliation_days(
    session: Session, actor: Actor, first: dt.date | None = None, last: dt.date | None = None
) -> list[MeasuredDay]:
    """The days from `first` to `last`, the newest first; the last two weeks unless given.

    Needs reconciliation.read. Raises forbidden, invalid for days that are the wrong way round or more than DAYS_MAX.
    """
    actor.require("reconciliation.read")
    last = last or market_now(session).date()
    first = first or last - dt.timedelta(days=DAYS - 1)
    if not dt.timedelta(0) <= last - first < dt.timedelta(days=DAYS_MAX):
        message = f"From the first day to the last there are at least one and at most {DAYS_MAX} days."
        raise INVALID.error(message, errors=[FieldError("/first", "invalid", message)])
    return measure(session, first, last)


def measure(session: Session, first: dt.date, last: dt.date) -> list[MeasuredDay]:
    """The same for whoever asks: there is no amount in it."""
    values = {"first": first, "last": last, "timely": TIMELY_DAYS, "most": ROWS_MAX}
    return [
        MeasuredDay(
            row.lines,
            row.cleared,
            row.timely,
            row.statements,
            row.sound,
            rail=row.rail,
            currency=row.currency,
            day=row.day,
        )
        for row in session.execute(_STATEMENTS.days, values)
    ]


def newest_measured(session: Session) -> Measured:
    """The last two weeks together."""
    last = market_now(session).date()
    return together(measure(session, last - dt.timedelta(days=DAYS - 1), last))


def together(days: Iterable[Measured]) -> Measured:
    """Their sum."""
    found = list(days)
    return Measured(
        sum(one.lines for one in found),
        sum(one.cleared for one in found),
        sum(one.timely for one in found),
        sum(one.statements for one in found),
        sum(one.sound for one in found),
    )


def _share(part: int, whole: int) -> int | None:
    return part * PPM // whole if whole else None
