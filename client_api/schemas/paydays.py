from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, View, whole
from marketplace.jobs.payday_setting import CLOSED_DAYS_MAX, LENGTH_MAX, SOURCE_MAX

_SOURCE = "Which law or official list it follows."
_WHY = "Why it is set, as the log keeps it."
_STATUTE = "The name of the statute that it follows; null, as the three below, where none is named."
_COUNTED = "The moment from which the statute counts; ours is always the day of acceptance."
_READ = "When the statute was read."


class BusinessCalendarView(View):
    """Closed days beside Saturdays and Sundays, never changed; after the last of them only weekends are closed."""

    name = fields.String(metadata={"example": "CN-2027"})
    country = fields.String(metadata={"example": "CN"})
    closed_days = fields.List(fields.Date())
    source = fields.String(metadata={"description": _SOURCE})
    added_at = Instant()


class BusinessCalendarsView(View):
    """All calendars, by name."""

    data = fields.List(fields.Nested(BusinessCalendarView))


class BusinessCalendarInput(Input):
    """A new calendar."""

    name = fields.String(
        required=True, metadata={"example": "CN-2027", "description": "The country's code, then what tells it apart."}
    )
    closed_days = fields.List(fields.Date(), required=True, validate=validate.Length(1, CLOSED_DAYS_MAX))
    source = fields.String(required=True, validate=validate.Length(1, SOURCE_MAX), metadata={"description": _SOURCE})


class DeferralLimitView(View):
    """The longest that pay of a country's workers may be deferred after the day of acceptance."""

    country = fields.String(metadata={"example": "DE"})
    length = fields.Integer()
    unit = fields.String(validate=validate.OneOf(list(LENGTH_MAX)))
    source = fields.String(metadata={"description": _WHY})
    set_at = Instant()
    statute = fields.String(allow_none=True, metadata={"example": "BGB", "description": _STATUTE})
    article = fields.String(allow_none=True, metadata={"example": "§ 271a Abs. 1"})
    counted_from = fields.String(allow_none=True, metadata={"description": _COUNTED})
    read_on = fields.Date(allow_none=True, metadata={"description": _READ})


class DeferralLimitsView(View):
    """The limits that are in force, by country."""

    data = fields.List(fields.Nested(DeferralLimitView))


class StatuteInput(Input):
    """Where a limit stands in the law."""

    name = fields.String(required=True, validate=validate.Length(1, SOURCE_MAX), metadata={"example": "BGB"})
    article = fields.String(
        required=True, validate=validate.Length(1, SOURCE_MAX), metadata={"example": "§ 271a Abs. 1"}
    )
    counted_from = fields.String(
        required=True, validate=validate.Length(1, SOURCE_MAX), metadata={"description": _COUNTED}
    )
    read_on = fields.Date(required=True, metadata={"description": _READ})


class DeferralLimitInput(Input):
    """A limit, in place of the country's present one."""

    country = fields.String(required=True, metadata={"example": "DE"})
    length = whole(
        0, max(LENGTH_MAX.values()), required=True, allow_none=True, metadata={"description": "Null ends the limit."}
    )
    unit = fields.String(load_default="days", validate=validate.OneOf(list(LENGTH_MAX)))
    source = fields.String(required=True, validate=validate.Length(1, SOURCE_MAX), metadata={"description": _WHY})
    statute = fields.Nested(StatuteInput, load_default=None, allow_none=True)


CALENDAR_EXAMPLE = {
    "name": "CN-2027",
    "closed_days": ["2027-01-01", "2027-10-01"],
    "source": "The operator's list of bank holidays, 2027",
}
LIMIT_EXAMPLE = {
    "country": "DE",
    "length": 60,
    "unit": "days",
    "source": "Read again after the reform",
    "statute": {
        "name": "BGB",
        "article": "§ 271a Abs. 1",
        "counted_from": "receipt of the service",
        "read_on": "2026-11-28",
    },
}
