"""Operations keep what due dates depend on: calendars of closed days, and the longest deferral by country.

The limits that statutes set come with the service (`country_law`); a sweep takes each over once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.identity.queries import platform_organization
from marketplace.identity.values import countries, read_country
from marketplace.jobs.country_law import LAWS, Statute
from marketplace.jobs.errors import CALENDAR_TAKEN
from marketplace.jobs.events import BUSINESS_CALENDAR_ADDED, DEFERRAL_LIMIT_SET
from marketplace.jobs.payday_models import BusinessCalendar, CountryDeferralLimit
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.business_days import CALENDAR_NAME
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.terms import DeferralLimit

CLOSED_DAYS_MAX: Final = 2_000
SOURCE_MAX: Final = 500
ADOPTED: Final = "From the table that comes with Piecework"
LENGTH_MAX: Final = {"days": 3_660, "months": 120}


def add_calendar(
    session: Session, actor: Actor, name: str, closed_days: Collection[dt.date], source: str
) -> BusinessCalendar:
    """Add a calendar under a name that begins with its country, such as CN-2027; it is never changed.

    The same calendar again is found. Raises forbidden, invalid with every field error, calendar_taken when another
    one has the name.
    """
    actor.require("payday.manage")
    errors = [*_name_errors(name), *_source_errors(source)]
    if not 1 <= len(closed_days) <= CLOSED_DAYS_MAX or len(set(closed_days)) != len(closed_days):
        errors.append(FieldError("/closed_days", "closed_days", f"1 to {CLOSED_DAYS_MAX} days, each once."))
    if errors:
        raise INVALID.error("The calendar cannot be added like this.", errors=errors)
    values = {"name": name, "closed_days": sorted(closed_days), "source": source.strip()}
    made = insert(BusinessCalendar).values(values).on_conflict_do_nothing().returning(BusinessCalendar.name)
    is_new = session.execute(made).scalar_one_or_none() is not None
    calendar = session.get_one(BusinessCalendar, name)
    if not is_new:
        if calendar.closed_days != values["closed_days"]:
            raise CALENDAR_TAKEN.error(f"There is another calendar {name!r}; a changed one takes another name.")
        return calendar
    record(
        session,
        BUSINESS_CALENDAR_ADDED,
        actor,
        subject=("organization", actor.organization),
        organizations=[actor.organization],
        body={
            "name": name,
            "closed_days": [day(closed) for closed in calendar.closed_days],
            "source": calendar.source,
        },
    )
    return calendar


def set_limit(
    session: Session,
    actor: Actor,
    country: str,
    limit: DeferralLimit | None,
    source: str,
    statute: Statute | None = None,
) -> CountryDeferralLimit:
    """Set the longest that pay of a country's workers may be deferred from now on; None ends the country's limit.

    It binds work that is accepted from now on; work that was open to workers before keeps a shorter one. `source` says
    why it is set, `statute` where it stands in the law. Raises forbidden, invalid with every field error.
    """
    actor.require("payday.manage")
    code = read_country(country)
    errors = [*_source_errors(source), *_statute_errors(statute)]
    if limit is not None and (limit.unit not in LENGTH_MAX or not 0 <= limit.length <= LENGTH_MAX[limit.unit]):
        errors.append(FieldError("/length", "deferral_length", "Up to 3660 days, or up to 120 months."))
    if errors:
        raise INVALID.error("The limit cannot be set like this.", errors=errors)
    _take_turn(session, code)
    row = CountryDeferralLimit(
        id=new_id(),
        country=code,
        length=None if limit is None else limit.length,
        unit=None if limit is None else limit.unit,
        source=source.strip(),
        set_at=market_now(session),
        statute=None if statute is None else statute.name,
        article=None if statute is None else statute.article,
        counted_from=None if statute is None else statute.counted_from,
        read_on=None if statute is None else statute.read_on,
    )
    session.add(row)
    session.flush()
    house = actor.organization_id
    if house is None:
        platform = platform_organization(session)
        assert platform is not None, "nobody sets limits before there is a platform"
        house = platform.id
    record(
        session,
        DEFERRAL_LIMIT_SET,
        actor,
        subject=("organization", house),
        organizations=[house],
        body={
            "country": code,
            "length": row.length,
            "unit": row.unit,
            "source": row.source,
            "statute": row.statute,
            "article": row.article,
            "counted_from": row.counted_from,
            "read_on": None if row.read_on is None else day(row.read_on),
        },
    )
    return row


def adopt_law(session: Session) -> int:
    """Sweep: take over one country's limit that came with the service; returns how many it took.

    Each once: a country for which operations set or ended a limit keeps what they said. Waits until there is a
    platform whose limits they are.
    """
    known = set(session.scalars(select(CountryDeferralLimit.country)))
    law = next((one for one in LAWS if one.country not in known), None)
    if law is None or platform_organization(session) is None:
        return 0
    _take_turn(session, law.country)
    # Asked again in one's turn: operations or another scheduler may have set or ended it meanwhile.
    if session.scalar(select(CountryDeferralLimit.id).where(CountryDeferralLimit.country == law.country).limit(1)):
        return 0
    set_limit(session, system_actor("adopt_country_laws"), law.country, law.limit, ADOPTED, law.statute)
    return 1


def _take_turn(session: Session, code: str) -> None:
    # One after the other, so that the newest row is the one set last.
    advisory_xact_lock(session, f"deferral limit of {code}")


def _name_errors(name: str) -> list[FieldError]:
    if CALENDAR_NAME.fullmatch(name) and name[:2] in countries():
        return []
    return [FieldError("/name", "calendar_name", "A country's code, then what tells it apart: CN-2027.")]


def _source_errors(source: str) -> list[FieldError]:
    if 1 <= len(source.strip()) <= SOURCE_MAX:
        return []
    return [
        FieldError("/source", "out_of_range", f"Say in 1 to {SOURCE_MAX} characters what it follows or why it is set.")
    ]


def _statute_errors(statute: Statute | None) -> list[FieldError]:
    if statute is None:
        return []
    parts = {"statute": statute.name, "article": statute.article, "counted_from": statute.counted_from}
    message = f"1 to {SOURCE_MAX} characters; of a statute all of this is said."
    return [
        FieldError(f"/{name}", "out_of_range", message)
        for name, value in parts.items()
        if not 1 <= len(value.strip()) <= SOURCE_MAX
    ]
