"""Paid recovery from hard content, as a job's client offers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import Money

HOUR_MINUTES: Final = 60
_RANGES: Final = {
    "recovery_after_items": (1, 1000),
    "recovery_after_minutes": (5, 480),
    "recovery_minutes": (1, 120),
}


@dataclass(frozen=True, slots=True)
class Protection:
    """After so many items answered, or so many minutes at them, on one day, so many minutes are paid at an hourly rate.

    Exactly one of `recovery_after_items` and `recovery_after_minutes` is given. Paid from the job's allowance.
    """

    recovery_minutes: int
    recovery_rate: Money
    recovery_after_items: int | None = None
    recovery_after_minutes: int | None = None

    @property
    def amount(self) -> Money:
        """What one recovery is paid, rounded down at ledger scale."""
        rate = self.recovery_rate
        return Money(rate.amount * self.recovery_minutes // HOUR_MINUTES, rate.currency)

    def to_wire(self) -> dict[str, Any]:
        """As it is kept and told."""
        return {
            "recovery_after_items": self.recovery_after_items,
            "recovery_after_minutes": self.recovery_after_minutes,
            "recovery_minutes": self.recovery_minutes,
            "recovery_rate": self.recovery_rate.to_wire(),
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Protection:
        """Read back what was kept."""
        return cls(
            wire["recovery_minutes"],
            Money.from_wire(wire["recovery_rate"]),
            wire["recovery_after_items"],
            wire["recovery_after_minutes"],
        )


def protection_errors(protection: Protection | None, currency: str, allowance: Money | None) -> Iterator[FieldError]:
    """Everything wrong with it, in a job of that currency and allowance."""
    if protection is None:
        return
    given = [protection.recovery_after_items, protection.recovery_after_minutes]
    if given.count(None) != 1:
        message = "Say after how many items or after how many minutes, one of the two."
        yield FieldError("/protection", "one_of_two", message)
    for name, (lowest, highest) in _RANGES.items():
        value = getattr(protection, name)
        if value is not None and (type(value) is not int or not lowest <= value <= highest):
            yield FieldError(f"/protection/{name}", "out_of_range", f"A whole number from {lowest} to {highest}.")
    rate = protection.recovery_rate
    if rate.currency != currency:
        at = "/protection/recovery_rate/currency"
        yield FieldError(at, "currency_differs", f"All amounts of the job are in {currency}.")
    elif rate.amount <= 0 or (type(protection.recovery_minutes) is int and protection.amount.amount <= 0):
        yield FieldError("/protection/recovery_rate/amount", "not_positive", "An hour is paid more than nothing.")
    elif allowance is None or (allowance.currency == currency and allowance < protection.amount):
        message = f"Recovery is paid from the allowance, which must hold at least one of {protection.amount}."
        yield FieldError("/allowance", "allowance_short", message)
