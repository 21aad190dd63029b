"""Settlement terms: when an accepted answer is paid, as weights, months and an anchor."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from marketplace.kernel.allocation import allocate
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money

PARTS_MAX: Final = 12
MONTHS_MAX: Final = 120
WEIGHT_MAX: Final = 1_000_000


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
        years, month = divmod(accepted_on.month - 1 + self.months, 12)
        year, month = accepted_on.year + years, month + 1
        last = calendar.monthrange(year, month)[1]
        day = last if self.anchor is Anchor.MONTH_END else min(accepted_on.day, last)
        return date(year, month, day)

    @property
    def order(self) -> tuple[int, bool]:
        """A rank that due dates follow whatever the day of acceptance.

        In one month the day of acceptance never comes after the month's end.
        """
        return (self.months, self.anchor is Anchor.MONTH_END)


@dataclass(frozen=True, slots=True)
class SettlementTerms:
    """One to twelve parts; the weights say how an earning is split over their due dates."""

    parts: tuple[TermPart, ...]

    def __post_init__(self) -> None:
        """Refuse no parts or too many."""
        if not 1 <= len(self.parts) <= PARTS_MAX:
            raise ValueError(f"terms have 1 to {PARTS_MAX} parts, not {len(self.parts)}")

    @property
    def months_max(self) -> int:
        """The longest deferral in months."""
        return max(part.months for part in self.parts)

    def due_dates(self, accepted_on: date) -> list[tuple[int, date]]:
        """(weight, due date) of each part, in the order of the terms."""
        return [(part.weight, part.due_date(accepted_on)) for part in self.parts]

    def split(self, amount: Money, accepted_on: date) -> list[tuple[date, Money]]:
        """The amount by due date, ascending; equal dates are one; sums to the amount."""
        shares = allocate(amount.amount, [part.weight for part in self.parts])
        by_date: dict[date, int] = {}
        for part, share in zip(self.parts, shares, strict=True):
            due = part.due_date(accepted_on)
            by_date[due] = by_date.get(due, 0) + share
        return [(due, Money(by_date[due], amount.currency)) for due in sorted(by_date)]

    def _weight_until(self, order: tuple[int, bool]) -> int:
        return sum(part.weight for part in self.parts if part.order <= order)

    def not_later_than(self, other: SettlementTerms) -> bool:
        """Whether, whatever the day of acceptance, no share falls later than under `other`.

        True when on every day the share already due under these terms is at least the
        share due under the others.
        """
        total, other_total = (sum(part.weight for part in terms.parts) for terms in (self, other))
        return all(
            self._weight_until(part.order) * other_total >= other._weight_until(part.order) * total
            for part in other.parts
        )

    def to_wire(self) -> list[dict[str, Any]]:
        """`[{"weight": 1, "months": 1, "anchor": "month_end"}, …]`."""
        return [{"weight": part.weight, "months": part.months, "anchor": part.anchor.value} for part in self.parts]

    @classmethod
    def from_wire(cls, value: Any, pointer: str = "") -> SettlementTerms:
        """Read the wire form; raises invalid with one FieldError for each thing wrong."""
        if not isinstance(value, list) or not 1 <= len(value) <= PARTS_MAX:
            message = f"Settlement terms are a list of 1 to {PARTS_MAX} parts."
            raise INVALID.error(message, errors=[FieldError(pointer, "terms_shape", message)])
        errors = [error for index, part in enumerate(value) for error in _part_errors(part, f"{pointer}/{index}")]
        if errors:
            raise INVALID.error("The settlement terms are not valid.", errors=errors)
        return cls(tuple(TermPart(part["weight"], part["months"], Anchor(part["anchor"])) for part in value))


def _part_errors(part: Any, pointer: str) -> list[FieldError]:
    if not isinstance(part, Mapping) or set(part) != {"weight", "months", "anchor"}:
        message = 'A part has exactly "weight", "months" and "anchor".'
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
    return errors


def _whole_number(value: Any, lowest: int, highest: int) -> bool:
    return type(value) is int and lowest <= value <= highest
