"""Settlement terms: when an accepted answer is paid, as weights, months, an anchor and a rule for closed days."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from marketplace.kernel.allocation import allocate
from marketplace.kernel.business_days import CALENDAR_NAME, UTC, BusinessDay, DayRule, is_time_zone
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money

PARTS_MAX: Final = 12
MONTHS_MAX: Final = 120
WEIGHT_MAX: Final = 1_000_000
RULE_DEFAULTS: Final[dict[str, Any]] = {"business_day": "none", "calendar": None, "time_zone": UTC}


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has none such."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, _days_in(first)))


def _days_in(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


class Anchor(StrEnum):
    """The day from which a part's months are counted."""

    ACCEPTANCE = "acceptance"
    MONTH_END = "month_end"


@dataclass(frozen=True, slots=True)
class TermPart:
    """One part: `weight` shares fall due `months` after the month or day of acceptance."""

    weight: int
    months: int
    anchor: Anchor

    def __post_init__(self) -> None:
        """Refuse parts that mean nothing."""
        if not 1 <= self.weight <= WEIGHT_MAX or not 0 <= self.months <= MONTHS_MAX:
            raise ValueError(f"weight {self.weight} or months {self.months} out of range")

    def due_date(self, accepted_on: date) -> date:
        """The day this part falls due.

        `acceptance`: the same day that many months later, clamped to the month's end.
        `month_end`: the last day of the month that many months later.
        """
        due = months_after(accepted_on, self.months)
        return due.replace(day=_days_in(due)) if self.anchor is Anchor.MONTH_END else due

    @property
    def order(self) -> tuple[int, bool]:
        """A rank that due dates follow whatever the day of acceptance.

        In one month the day of acceptance never comes after the month's end.
        """
        return (self.months, self.anchor is Anchor.MONTH_END)


@dataclass(frozen=True, slots=True)
class DeferralLimit:
    """The longest that pay may be deferred after the day of acceptance, in days or in months; `rule` says by what."""

    length: int
    unit: str
    rule: str = field(default="", compare=False)

    def latest(self, accepted_on: date) -> date:
        """The last day on which pay may fall due."""
        if self.unit == "months":
            return months_after(accepted_on, self.length)
        return accepted_on + timedelta(days=self.length)


@dataclass(frozen=True, slots=True)
class SettlementTerms:
    """One to twelve parts; the weights say how an earning is split over their due dates.

    `rule` says for all of them how days are counted and where a due date on a closed day goes.
    """

    parts: tuple[TermPart, ...]
    rule: DayRule = field(default=DayRule())

    def __post_init__(self) -> None:
        """Refuse no parts or too many."""
        if not 1 <= len(self.parts) <= PARTS_MAX:
            raise ValueError(f"terms have 1 to {PARTS_MAX} parts, not {len(self.parts)}")

    @property
    def months_max(self) -> int:
        """The longest deferral in months; where a closed day may move it into the next month, one more."""
        over = self.rule.business_day is BusinessDay.FOLLOWING
        return max(part.months for part in self.parts) + over

    def due_dates(self, accepted_on: date, closed: Collection[date] = ()) -> list[tuple[int, date]]:
        """(weight, due date) of each part, in the order of the terms; `closed` are the calendar's days."""
        return [(part.weight, self.rule.moved(part.due_date(accepted_on), accepted_on, closed)) for part in self.parts]

    def split(
        self,
        amount: Money,
        accepted_on: date,
        closed: Collection[date] = (),
        limits: Collection[DeferralLimit] = (),
    ) -> list[tuple[date, Money]]:
        """The amount by due date, ascending; equal dates are one; sums to the amount.

        `accepted_on` is the day in the zone of the terms. What would fall due after a limit falls due on its last day.
        """
        latest = min((limit.latest(accepted_on) for limit in limits), default=date.max)
        shares = allocate(amount.amount, [part.weight for part in self.parts])
        by_date: dict[date, int] = {}
        for (_, due), share in zip(self.due_dates(accepted_on, closed), shares, strict=True):
            by_date[min(due, latest)] = by_date.get(min(due, latest), 0) + share
        return [(due, Money(by_date[due], amount.currency)) for due in sorted(by_date)]

    def _weight_until(self, order: tuple[int, bool]) -> int:
        return sum(part.weight for part in self.parts if part.order <= order)

    def not_later_than(self, other: SettlementTerms) -> bool:
        """Whether, whatever the moment of acceptance, no share falls later than under `other`.

        True when on every day the share already due under these terms is at least the
        share due under the others.
        """
        total, other_total = (sum(part.weight for part in terms.parts) for terms in (self, other))
        return self.rule.never_later_than(other.rule) and all(
            self._weight_until(part.order) * other_total >= other._weight_until(part.order) * total
            for part in other.parts
        )

    def to_wire(self) -> list[dict[str, Any]]:
        """`[{"weight": 1, "months": 1, "anchor": "month_end"}, …]`; of the rule what is not the default, in each part.

        Terms from before there was such a rule therefore read and hash as ever.
        """
        days = {
            name: value
            for name, value in (
                ("business_day", self.rule.business_day.value),
                ("calendar", self.rule.calendar),
                ("time_zone", self.rule.time_zone),
            )
            if value != RULE_DEFAULTS[name]
        }
        return [
            {"weight": part.weight, "months": part.months, "anchor": part.anchor.value, **days} for part in self.parts
        ]

    @classmethod
    def from_wire(cls, value: Any, pointer: str = "") -> SettlementTerms:
        """Read the wire form; raises invalid with one FieldError for each thing wrong."""
        if not isinstance(value, list) or not 1 <= len(value) <= PARTS_MAX:
            message = f"Settlement terms are a list of 1 to {PARTS_MAX} parts."
            raise INVALID.error(message, errors=[FieldError(pointer, "terms_shape", message)])
        errors = [error for index, part in enumerate(value) for error in _part_errors(part, f"{pointer}/{index}")]
        errors = errors or _rule_errors(value, pointer)
        if errors:
            raise INVALID.error("The settlement terms are not valid.", errors=errors)
        rule = {**RULE_DEFAULTS, **{name: value[0][name] for name in RULE_DEFAULTS if name in value[0]}}
        return cls(
            tuple(TermPart(part["weight"], part["months"], Anchor(part["anchor"])) for part in value),
            DayRule(BusinessDay(rule["business_day"]), rule["calendar"], rule["time_zone"]),
        )


def _part_errors(part: Any, pointer: str) -> list[FieldError]:
    needed = {"weight", "months", "anchor"}
    if not isinstance(part, Mapping) or not needed <= set(part) <= needed | set(RULE_DEFAULTS):
        message = 'A part has "weight", "months" and "anchor", and may have "business_day", "calendar", "time_zone".'
        return [FieldError(pointer, "terms_part_shape", message)]
    errors = []
    if not _whole_number(part["weight"], 1, WEIGHT_MAX):
        message = f"A weight is a whole number from 1 to {WEIGHT_MAX}."
        errors.append(FieldError(f"{pointer}/weight", "terms_weight", message))
    if not _whole_number(part["months"], 0, MONTHS_MAX):
        message = f"Months are a whole number from 0 to {MONTHS_MAX}."
        errors.append(FieldError(f"{pointer}/months", "terms_months", message))
    if part["anchor"] not in tuple(Anchor):
        message = 'An anchor is "acceptance" or "month_end".'
        errors.append(FieldError(f"{pointer}/anchor", "terms_anchor", message))
    return [*errors, *_day_errors({**RULE_DEFAULTS, **part}, pointer)]


def _day_errors(part: Mapping[str, Any], pointer: str) -> list[FieldError]:
    errors = []
    if part["business_day"] not in tuple(BusinessDay):
        message = f"A rule for closed days is one of {', '.join(BusinessDay)}."
        errors.append(FieldError(f"{pointer}/business_day", "terms_business_day", message))
    name = part["calendar"]
    if name is not None and not (isinstance(name, str) and CALENDAR_NAME.fullmatch(name)):
        message = 'A calendar has a name such as "CN-2027".'
        errors.append(FieldError(f"{pointer}/calendar", "terms_calendar", message))
    elif name is not None and part["business_day"] == BusinessDay.NONE:
        message = "A calendar has no meaning where closed days move nothing."
        errors.append(FieldError(f"{pointer}/calendar", "terms_calendar", message))
    if not is_time_zone(part["time_zone"]):
        message = "A name of the time zone database, as Asia/Manila."
        errors.append(FieldError(f"{pointer}/time_zone", "terms_time_zone", message))
    return errors


def _rule_errors(parts: list[Any], pointer: str) -> list[FieldError]:
    """Parts under different rules could change places on some day; so all are under one."""
    message = "All parts of one's terms have the same."
    return [
        FieldError(f"{pointer}/{index}/{name}", "terms_days_differ", message)
        for index, part in enumerate(parts)
        for name, default in RULE_DEFAULTS.items()
        if part.get(name, default) != parts[0].get(name, default)
    ]


def _whole_number(value: Any, lowest: int, highest: int) -> bool:
    return type(value) is int and lowest <= value <= highest
