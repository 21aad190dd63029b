"""What is paid when, as a file for the calendar of a phone (iCalendar, RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from flask_babel import gettext as _
from icalendar import Calendar, Event

from marketplace.kernel.money import Money
from marketplace.settlement.queries import DatedSum

OPEN_STATES: Final = frozenset({"scheduled", "due", "in_payout"})
"""What is still to come. What is held has no day, and what is paid or was taken early has had it."""


def calendar_file(sums: Iterable[DatedSum], payee: str, made_at: dt.datetime) -> bytes:
    """One whole-day event for each day and currency in which something is still to come.

    `payee` is a public id. An event keeps its UID as its amount grows, so that a file that is opened again changes the
    entry that is there and makes no second one.
    """
    days: dict[tuple[dt.date, str], Money] = {}
    for one in sums:
        if one.state in OPEN_STATES:
            key = (one.due_on, one.money.currency)
            days[key] = days[key] + one.money if key in days else one.money
    calendar = Calendar()
    calendar.add("prodid", "-//Piecework//Installments//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Pay from Piecework"))
    for (due_on, currency), amount in sorted(days.items()):
        event = Event()
        event.add("uid", f"{due_on.isoformat()}.{currency.lower()}.{payee}@piecework")
        event.add("dtstamp", made_at.astimezone(dt.UTC))
        event.add("dtstart", due_on)
        event.add("dtend", due_on + dt.timedelta(days=1))
        event.add("summary", _("%(amount)s is due to you", amount=amount))
        event.add("description", _("It grows while more of your answers are accepted. It is sent in the days after."))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data
