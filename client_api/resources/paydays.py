"""What due dates depend on beside the terms: calendars of closed days, and the longest deferral by country."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.paydays import (
    CALENDAR_EXAMPLE,
    LIMIT_EXAMPLE,
    BusinessCalendarInput,
    BusinessCalendarsView,
    BusinessCalendarView,
    DeferralLimitInput,
    DeferralLimitsView,
)
from marketplace.jobs import payday_setting
from marketplace.jobs import paydays as kept
from marketplace.jobs.country_law import Statute
from marketplace.jobs.payday_models import BusinessCalendar
from marketplace.kernel.terms import DeferralLimit

paydays = Theme("paydays", "Calendars of closed days that terms can name, and the longest deferral of pay by country.")


@paydays.operation("GET", "/business-calendars", permission="payday.read", returns=BusinessCalendarsView)
def list_business_calendars() -> dict[str, Any]:
    """List the calendars of closed days."""
    return {"data": kept.calendars(session(), actor())}


@paydays.operation(
    "POST",
    "/business-calendars",
    permission="payday.manage",
    body=BusinessCalendarInput,
    example=CALENDAR_EXAMPLE,
    returns=BusinessCalendarView,
    status=201,
    idempotent=True,
    refusals=[409],
)
def add_business_calendar(body: dict[str, Any]) -> BusinessCalendar:
    """Add a calendar of closed days, which terms can name from now on.

    It is never changed, so that what was agreed keeps its dates; other days take another name.
    """
    return payday_setting.add_calendar(session(), actor(), body["name"], body["closed_days"], body["source"])


@paydays.operation("GET", "/deferral-limits", permission="payday.read", returns=DeferralLimitsView)
def list_deferral_limits() -> dict[str, Any]:
    """List the longest deferral of pay in each country that has a limit, and the law behind it."""
    return {"data": kept.country_limits(session(), actor())}


@paydays.operation(
    "POST",
    "/deferral-limits",
    permission="payday.manage",
    body=DeferralLimitInput,
    example=LIMIT_EXAMPLE,
    returns=DeferralLimitsView,
    idempotent=True,
)
def set_deferral_limit(body: dict[str, Any]) -> dict[str, Any]:
    """Set the longest deferral of pay of a country's workers, or end it; answers with all of them.

    What is accepted from now on falls due on the limit's last day where the terms say later. A shorter limit of before
    still binds tasks that were open then.
    """
    limit = None if body["length"] is None else DeferralLimit(body["length"], body["unit"])
    statute = None if body["statute"] is None else Statute(**body["statute"])
    payday_setting.set_limit(session(), actor(), body["country"], limit, body["source"], statute)
    return {"data": kept.country_limits(session(), actor())}
