"""Calendars of closed days that terms can name, and the longest deferral of pay by country.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Paydays(Resource):
    """Calendars of closed days that terms can name, and the longest deferral of pay by country."""

    def list_business_calendars(self) -> t.BusinessCalendars:
        """List the calendars of closed days.

        `GET /v1/business-calendars`; needs `payday.read`.
        """
        return cast("t.BusinessCalendars", self._call("GET", "/v1/business-calendars"))

    def add_business_calendar(
        self, body: t.BusinessCalendarInput, *, idempotency_key: str | None = None
    ) -> t.BusinessCalendar:
        """Add a calendar of closed days, which terms can name from now on.

        It is never changed, so that what was agreed keeps its dates; other days take another name.

        `POST /v1/business-calendars`; needs `payday.manage`.
        """
        return cast(
            "t.BusinessCalendar",
            self._call("POST", "/v1/business-calendars", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def list_deferral_limits(self) -> t.DeferralLimits:
        """List the longest deferral of pay in each country that has a limit, and the law behind it.

        `GET /v1/deferral-limits`; needs `payday.read`.
        """
        return cast("t.DeferralLimits", self._call("GET", "/v1/deferral-limits"))

    def set_deferral_limit(self, body: t.DeferralLimitInput, *, idempotency_key: str | None = None) -> t.DeferralLimits:
        """Set the longest deferral of pay of a country's workers, or end it; answers with all of them.

        What is accepted from now on falls due on the limit's last day where the terms say later. A
        shorter limit of before still binds tasks that were open then.

        `POST /v1/deferral-limits`; needs `payday.manage`.
        """
        return cast(
            "t.DeferralLimits",
            self._call("POST", "/v1/deferral-limits", body=body, idempotency_key=idempotency_key, keyed=True),
        )
