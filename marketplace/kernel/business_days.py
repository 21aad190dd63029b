"""Which day counts as the day of acceptance, and where a due date goes that falls on a closed day."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UTC: Final = "UTC"
CALENDAR_NAME: Final = re.compile(r"[A-Z]{2}(-[A-Za-z0-9]{1,20}){0,3}")

_SATURDAY: Final = 5


class BusinessDay(StrEnum):
    """Where a due date on a closed day goes; Saturdays and Sundays are always closed."""

    NONE = "none"
    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"


@dataclass(frozen=True, slots=True)
class DayRule:
    """How days are counted: the rule for closed days, the named calendar that lists them, and the time zone.

    Without a calendar only Saturdays and Sundays are closed. The zone says on which day an answer was accepted, and so
    in which month.
    """

    business_day: BusinessDay = BusinessDay.NONE
    calendar: str | None = None
    time_zone: str = UTC

    def day_of(self, at: dt.datetime) -> dt.date:
        """The day of a moment, which knows its offset, in the zone."""
        return at.astimezone(_zone(self.time_zone)).date()

    def moved(self, due: dt.date, accepted_on: dt.date, closed: Collection[dt.date] = ()) -> dt.date:
        """Where a due date goes, given the calendar's closed days; never before the day of acceptance.

        `following` is the next open day, `preceding` the last one before, `modified_following` the next one unless
        that lies in another month, else the last one before. The later of two dates never comes to lie before the
        other.
        """
        if self.business_day is BusinessDay.NONE:
            return due
        moved = _open_day(due, closed, backwards=self.business_day is BusinessDay.PRECEDING)
        if self.business_day is BusinessDay.MODIFIED_FOLLOWING and moved.month != due.month:
            moved = _open_day(due, closed, backwards=True)
        return max(moved, accepted_on)

    def never_later_than(self, other: DayRule) -> bool:
        """Whether a date under this rule never comes after the same date under the other one.

        Two zones are never comparable: near midnight the months of acceptance differ. Two calendars are not either,
        except that one without a calendar closes no day that another one leaves open.
        """
        if self.time_zone != other.time_zone:
            return False
        ours, theirs = self.business_day, other.business_day
        if theirs is BusinessDay.NONE:
            return ours in {BusinessDay.NONE, BusinessDay.PRECEDING}
        if ours is BusinessDay.PRECEDING:
            return theirs is BusinessDay.FOLLOWING or other.calendar in {None, self.calendar}
        if ours is BusinessDay.NONE:
            return theirs is BusinessDay.FOLLOWING
        earlier = ours is theirs or theirs is BusinessDay.FOLLOWING
        # A calendar's following day may come after the one that knows of weekends only, never before it.
        if ours is BusinessDay.FOLLOWING or theirs is BusinessDay.FOLLOWING:
            return earlier and self.calendar in {None, other.calendar}
        return earlier and self.calendar == other.calendar


def is_time_zone(name: object) -> bool:
    """Whether the time zone database has this name."""
    return isinstance(name, str) and (name == UTC or name in _names())


def _open_day(day: dt.date, closed: Collection[dt.date], *, backwards: bool) -> dt.date:
    step = dt.timedelta(days=-1 if backwards else 1)
    while day.weekday() >= _SATURDAY or day in closed:
        day += step
    return day


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@functools.cache
def _zone(name: str) -> dt.tzinfo:
    return dt.UTC if name == UTC else zoneinfo.ZoneInfo(name)
