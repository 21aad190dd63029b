"""On which days pay falls due: by terms, their calendar of closed days, and the longest deferral by country."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.models import Worker
from marketplace.jobs.models import Job
from marketplace.jobs.payday_models import BusinessCalendar, CountryDeferralLimit
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import DeferralLimit, SettlementTerms

CALENDARS_SHOWN_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Paydays:
    """The due dates of work accepted at one moment under some terms.

    `accepted_on` is the day in the zone of the terms; `limits` bring forward what would fall due after them, and
    `not_before` puts off what would fall due before it (a layer's margin, until the inspection of the answer ends).
    """

    terms: SettlementTerms
    accepted_on: dt.date
    closed: frozenset[dt.date] = frozenset()
    limits: tuple[DeferralLimit, ...] = ()
    not_before: dt.date = dt.date.min

    def split(self, amount: Money) -> list[tuple[dt.date, Money]]:
        """The amount by due date, ascending, without shares of nothing; sums to the amount."""
        dated: dict[dt.date, Money] = {}
        for due_on, share in self.terms.split(amount, self.accepted_on, self.closed, self.limits):
            if not share.is_zero:
                day = max(due_on, self.not_before)
                dated[day] = dated[day] + share if day in dated else share
        return list(dated.items())

    def within(self, amount: Money, days: int) -> Money:
        """What of the amount falls due at most so many days after the acceptance."""
        last = self.accepted_on + dt.timedelta(days=days)
        return sum((share for due_on, share in self.split(amount) if due_on <= last), Money.zero(amount.currency))

    @property
    def strictest(self) -> DeferralLimit | None:
        """The limit that allows the earliest last day; None without a limit."""
        return min(self.limits, key=lambda limit: limit.latest(self.accepted_on), default=None)

    @property
    def latest(self) -> dt.date | None:
        """The last day that the limits allow; None without a limit."""
        limit = self.strictest
        return None if limit is None else limit.latest(self.accepted_on)

    @property
    def shortened(self) -> bool:
        """Whether a limit brings a part forward that the terms put later."""
        latest = self.latest
        due = self.terms.due_dates(self.accepted_on, self.closed)
        return latest is not None and any(due_on > latest for _, due_on in due)


def paydays_of(
    session: Session, terms: Sequence[SettlementTerms], at: dt.datetime, limits: tuple[DeferralLimit, ...] = ()
) -> list[Paydays]:
    """The due dates of each of the terms for work accepted at that moment; one query for all calendars."""
    closed = _closed_days(session, {one.rule.calendar for one in terms if one.rule.calendar is not None})
    return [
        Paydays(one, one.rule.day_of(at), closed.get(one.rule.calendar or "", frozenset()), limits) for one in terms
    ]


def inspected_on(job: Job, accepted_on: dt.date) -> dt.date:
    """The first day on which the quality of what was accepted that market day can be claimed no more."""
    return accepted_on + dt.timedelta(days=job.inspection_days)


def _closed_days(session: Session, names: Collection[str]) -> dict[str, frozenset[dt.date]]:
    if not names:
        return {}
    calendars = session.scalars(select(BusinessCalendar).where(BusinessCalendar.name.in_(names)))
    return {calendar.name: frozenset(calendar.closed_days) for calendar in calendars}


def limits_of(
    session: Session, worker_ids: Iterable[UUID], since: dt.datetime
) -> dict[UUID, tuple[DeferralLimit, ...]]:
    """The limits of the workers' countries that were in force at any time from `since` on; all of them bind.

    So a limit that is made longer or ends touches no work that was open to workers before.
    """
    found = session.execute(
        select(Worker.person_id, CountryDeferralLimit)
        .join(CountryDeferralLimit, CountryDeferralLimit.country == Worker.country)
        .where(Worker.person_id.in_(list(worker_ids)))
        .order_by(CountryDeferralLimit.set_at, CountryDeferralLimit.id)
    )
    rows: defaultdict[UUID, list[CountryDeferralLimit]] = defaultdict(list)
    for worker_id, row in found:
        if row.set_at <= since:
            rows[worker_id].clear()
        rows[worker_id].append(row)
    return {
        worker_id: tuple(row.limit for row in own if row.limit is not None)
        for worker_id, own in rows.items()
    }  # fmt: skip


def calendar_errors(session: Session, terms: SettlementTerms, pointer: str = "/settlement_terms") -> list[FieldError]:
    """What is wrong with the calendar that terms name, under the pointer of their first part."""
    name = terms.rule.calendar
    if name is None or session.get(BusinessCalendar, name) is not None:
        return []
    return [FieldError(f"{pointer}/0/calendar", "calendar_unknown", f"There is no calendar {name!r}.")]


def calendars(session: Session, actor: Actor) -> Sequence[BusinessCalendar]:
    """The calendars that terms can name, by name."""
    actor.require("payday.read")
    return session.scalars(select(BusinessCalendar).order_by(BusinessCalendar.name).limit(CALENDARS_SHOWN_MAX)).all()


def country_limits(session: Session, actor: Actor) -> list[CountryDeferralLimit]:
    """The limit of each country that has one now, by country."""
    actor.require("payday.read")
    rows = session.scalars(
        select(CountryDeferralLimit).order_by(
            CountryDeferralLimit.country, CountryDeferralLimit.set_at, CountryDeferralLimit.id
        )
    )
    newest = {row.country: row for row in rows}
    return [row for row in newest.values() if row.limit is not None]
