"""Exposure to hard content (rule 11): consent by severity, daily limits, and where the worker stands today."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.texts import say
from marketplace.work.protection_events import EXPOSURE_CONSENT, EXPOSURE_LIMITS
from marketplace.work.protection_models import ExposureConsent, ExposurePolicy, ExposureSetting

SEVERITIES: Final = (3, 4, 5)
_STATEMENTS = load(__file__, "timing.sql")


@dataclass(frozen=True, slots=True)
class Exposure:
    """Where a worker stands on their own day: limits that hold, and what is used up.

    `time_zone` is None where the worker named none; the day is then that of UTC. `own_items` and `own_minutes` are the
    worker's own limits; the lower of own and platform's holds.
    """

    day: dt.date
    time_zone: str | None
    policy_items: int
    policy_minutes: int
    own_items: int | None
    own_minutes: int | None
    items: int
    seconds: int
    consents: dict[int, dt.datetime]

    @property
    def items_max(self) -> int:
        """Items of severity 3 and more a day."""
        return self.policy_items if self.own_items is None else min(self.own_items, self.policy_items)

    @property
    def minutes_max(self) -> int:
        """Minutes of work on them a day."""
        return self.policy_minutes if self.own_minutes is None else min(self.own_minutes, self.policy_minutes)

    @property
    def minutes(self) -> int:
        """Minutes of today, begun ones whole."""
        return -(-self.seconds // 60)


def exposure_of(session: Session, worker_id: uuid.UUID) -> Exposure:
    """Where the worker stands; the caller has asked whether this may be seen."""
    row = session.execute(_STATEMENTS.today, {"worker_id": worker_id}).one()
    given = select(ExposureConsent.severity, ExposureConsent.given_at).where(
        ExposureConsent.person_id == worker_id, ExposureConsent.withdrawn_at.is_(None)
    )
    consents = dict(session.execute(given.order_by(ExposureConsent.severity)).all())
    return Exposure(
        day=row.day,
        time_zone=row.time_zone,
        policy_items=row.policy_items,
        policy_minutes=row.policy_minutes,
        own_items=row.own_items,
        own_minutes=row.own_minutes,
        items=int(row.items),
        seconds=int(row.seconds),
        consents=consents,
    )


def own_exposure(session: Session, actor: Actor) -> Exposure:
    """As `exposure_of`, for the acting worker."""
    actor.require("exposure.set.own")
    return exposure_of(session, actor.person)


def set_consent(session: Session, actor: Actor, severity: int, *, given: bool) -> Exposure:
    """Consent to see content of one severity, or withdraw it; what is held is not touched, and nobody is told.

    The same word again changes nothing. Raises forbidden, invalid for a severity that needs none.
    """
    actor.require("exposure.set.own")
    if severity not in SEVERITIES:
        message = say("Consent is asked for the severities 3, 4 and 5.")
        raise INVALID.error(message, errors=[FieldError("/severity", "out_of_range", message)])
    key = (actor.person, severity)
    row = session.get(ExposureConsent, key, with_for_update={"key_share": True})
    if (row is not None and row.withdrawn_at is None) != given:
        now = market_now(session)
        if row is None:
            session.add(ExposureConsent(person_id=actor.person, severity=severity, given_at=now))
        elif given:
            row.given_at, row.withdrawn_at = now, None
        else:
            row.withdrawn_at = now
        session.flush()
        body = {"severity": severity, "given": given}
        record(session, EXPOSURE_CONSENT, actor, subject=("person", actor.person), people={actor.person}, body=body)
    return exposure_of(session, actor.person)


def set_limits(
    session: Session, actor: Actor, *, items_max: int | None, minutes_max: int | None, time_zone: str | None
) -> Exposure:
    """Set one's own daily limits, None for the platform's, and the time zone of one's day, None for UTC.

    A change of the time zone begins another day where the dates differ; the platform's limits hold on each. Raises
    forbidden, invalid for limits above the platform's or an unknown time zone.
    """
    actor.require("exposure.set.own")
    policy = session.get_one(ExposurePolicy, True)
    errors = [
        FieldError(f"/{name}", "out_of_range", say("From 0 to %(most)s, the platform's limit, or nothing.", most=most))
        for name, value, most in (
            ("items_max", items_max, policy.items_max),
            ("minutes_max", minutes_max, policy.minutes_max),
        )
        if value is not None and not 0 <= value <= most
    ]
    if time_zone is not None and not _is_time_zone(session, time_zone):
        errors.append(
            FieldError("/time_zone", "unknown_choice", say("A name of the time zone database, as Asia/Manila."))
        )
    if errors:
        raise INVALID.error(say("These limits cannot be set."), errors=errors)
    row = session.get(ExposureSetting, actor.person, with_for_update={"key_share": True})
    if row is None:
        row = ExposureSetting(person_id=actor.person)
        session.add(row)
    row.items_max, row.minutes_max, row.time_zone = items_max, minutes_max, time_zone
    session.flush()
    body = {"items_max": items_max, "minutes_max": minutes_max, "time_zone_commitment": said(time_zone)}
    record(session, EXPOSURE_LIMITS, actor, subject=("person", actor.person), people={actor.person}, body=body)
    return exposure_of(session, actor.person)


def set_policy(session: Session, actor: Actor, *, items_max: int, minutes_max: int) -> None:
    """Set what the platform allows a worker a day. Raises forbidden, invalid."""
    actor.require("protection.manage")
    if not (0 <= items_max <= 10_000 and 0 <= minutes_max <= 1440):
        raise INVALID.error("Items from 0 to 10000 and minutes from 0 to 1440 a day.")
    row = session.get_one(ExposurePolicy, True, with_for_update=True, populate_existing=True)
    row.items_max, row.minutes_max = items_max, minutes_max
    session.flush()


def _is_time_zone(session: Session, name: str) -> bool:
    """Whether the database, which reckons with it, knows the name; its abbreviations and POSIX forms do not count."""
    if name != "UTC" and "/" not in name:
        return False
    known = session.scalars(text("SELECT name FROM pg_timezone_names WHERE name = :name"), {"name": name})
    return known.first() is not None
