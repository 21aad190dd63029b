"""Kinds of value on the wire: ids by noun, money, times, settlement terms, multiranges of ordinals."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from client_api.validation import Coded, nested
from marketplace.kernel.business_days import BusinessDay
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms
from marketplace.web.api_parts import example_id, id_pattern

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


class View(Schema):
    """The base of everything we send: every field is always there."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Document the field as always present."""
        del field_name
        field_obj.required = True


class Input(Schema):
    """The base of everything we take: unknown fields are refused."""


class PublicId(fields.Field[uuid.UUID]):
    """The id of a noun: a UUID inside, `job_…` outside."""

    def __init__(self, noun: str, **kwargs: Any) -> None:
        """`noun` is a key of `kernel.ids.PREFIXES`."""
        metadata = {
            "type": "string",
            "pattern": id_pattern(noun),
            "example": example_id(noun),
        }
        super().__init__(**{**kwargs, "metadata": {**metadata, **kwargs.get("metadata", {})}})
        self.noun = noun

    def _serialize(self, value: uuid.UUID | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else public(self.noun, value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        del attr, data, kwargs
        try:
            return parse(self.noun, value)
        except DomainError as error:
            noun = self.noun.replace("_", " ")
            message = f"Not the id of {'an' if noun[0] in 'aeiou' else 'a'} {noun}."
            raise ValidationError([Coded("id", message)]) from error


class MoneySchema(Schema):
    """An exact amount: a decimal string and an ISO 4217 code."""

    class Meta:
        """No field besides these."""

        additional_properties = False

    amount = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9]+(\.[0-9]+)?$"),
        metadata={
            "example": "0.90",
            "description": "A decimal string, with at most four decimals more than the currency's minor unit.",
        },
    )
    currency = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{3}$"), metadata={"example": "CNY"})


class MoneyField(fields.Nested):
    """`Money` inside, `{"amount", "currency"}` outside; refusals carry the pointer to what is wrong."""

    schema_of_it: type[Schema] = MoneySchema

    def __init__(self, **kwargs: Any) -> None:
        """As any field."""
        super().__init__(self.schema_of_it, **kwargs)

    def _serialize(self, nested_obj: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        del attr, obj, kwargs
        return None if nested_obj is None else nested_obj.to_wire()

    def _deserialize(self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        del attr, data, partial, kwargs
        try:
            return Money.from_wire(value)
        except DomainError as error:
            raise ValidationError(_relative(error)) from error


class SignedMoneySchema(MoneySchema):
    """An exact amount that may be below nothing: a decimal string and an ISO 4217 code."""

    amount = fields.String(
        required=True,
        validate=validate.Regexp(r"^-?[0-9]+(\.[0-9]+)?$"),
        metadata={
            "example": "-0.90",
            "description": "A decimal string, with at most four decimals more than the currency's minor unit.",
        },
    )


class SignedMoneyField(MoneyField):
    """`Money` that may be below nothing; only in what we send."""

    schema_of_it = SignedMoneySchema


class TermPartSchema(Schema):
    """A share of an earning and when it falls due."""

    weight = fields.Integer(required=True, strict=True, validate=validate.Range(min=1), metadata={"example": 1})
    months = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=0, max=120), metadata={"example": 6}
    )
    anchor = fields.String(
        required=True,
        validate=validate.OneOf([anchor.value for anchor in Anchor]),
        metadata={
            "example": "month_end",
            "description": "`acceptance`: so many months after the day of acceptance; "
            "`month_end`: at the end of the month that many months after the month of acceptance.",
        },
    )
    business_day = fields.String(
        validate=validate.OneOf([rule.value for rule in BusinessDay]),
        metadata={
            "description": "Where a due date goes that falls on a closed day; nowhere if left out. The same in all "
            "parts, as are the two below. `following` counts as a month more for `deferral_months_max`."
        },
    )
    calendar = fields.String(
        allow_none=True,
        metadata={
            "example": None,
            "description": "A calendar of `GET /v1/business-calendars`; without it Saturdays and Sundays are closed.",
        },
    )
    time_zone = fields.String(
        metadata={
            "example": "UTC",
            "description": "Of the time zone database: where the day of acceptance and its month are counted; "
            "UTC if left out.",
        },
    )


class TermsField(fields.List[Any]):
    """`SettlementTerms` inside (or their stored wire form), a list of parts outside."""

    def __init__(self, **kwargs: Any) -> None:
        """As any field."""
        super().__init__(fields.Nested(TermPartSchema), validate=None, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return value.to_wire() if isinstance(value, SettlementTerms) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        try:
            return SettlementTerms.from_wire(value)
        except DomainError as error:
            raise ValidationError(_relative(error)) from error


class Instant(fields.Field[dt.datetime]):
    """A moment, as RFC 3339; sent in UTC, taken with any offset."""

    default_error_messages = {"invalid": "Not a valid RFC 3339 moment with its offset."}  # noqa: RUF012 - as there

    def __init__(self, **kwargs: Any) -> None:
        """As any field."""
        metadata = {
            "type": "string",
            "format": "date-time",
            "example": "2027-01-15T08:00:00.000000Z",
        }
        super().__init__(**{**kwargs, "metadata": {**metadata, **kwargs.get("metadata", {})}})

    def _serialize(self, value: dt.datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        del attr, data, kwargs
        try:
            if not _INSTANT.fullmatch(value):
                raise self.make_error("invalid")
            return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error


class Day(fields.Field[dt.date]):
    """A calendar day."""

    default_error_messages = {"invalid": "Not a valid date."}  # noqa: RUF012 - marshmallow's own form

    def __init__(self, **kwargs: Any) -> None:
        """As any field."""
        metadata = {
            "type": "string",
            "format": "date",
            "example": "2027-02-28",
        }
        super().__init__(**{**kwargs, "metadata": {**metadata, **kwargs.get("metadata", {})}})

    def _serialize(self, value: dt.date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else day(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.date:
        del attr, data, kwargs
        try:
            return dt.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
        except (TypeError, ValueError) as error:
            raise self.make_error("invalid") from error


def _relative(error: DomainError) -> Any:
    """A kernel refusal of one value as marshmallow's nested messages."""
    return nested(error.errors) if error.errors else [Coded(error.slug, error.detail)]


def whole(lowest: int, highest: int, **kwargs: Any) -> fields.Integer:
    """A whole number between two bounds, both included; never a text or a fraction."""
    return fields.Integer(strict=True, validate=validate.Range(lowest, highest), **kwargs)
