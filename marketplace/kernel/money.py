"""Money: a whole number of ledger units and a currency, never a float.

A ledger unit is the currency's ISO 4217 minor unit divided by ten thousand (USD 10^-6,
JPY 10^-4, KWD 10^-7), fixed for ever, because an item can cost less than a cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from iso4217 import Currency

from marketplace.kernel.errors import MONEY_INVALID, DomainError, FieldError
from marketplace.kernel.texts import say

SCALE_EXTRA: Final = 4
"""Decimals of the ledger beyond the currency's minor unit."""

AMOUNT_MAX: Final = 10**17
"""The largest amount accepted from outside, in ledger units: sums of many still fit a bigint."""

PPM: Final = 1_000_000

_AMOUNT: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?")


@cache
def _exponents() -> dict[str, int]:
    return {str(currency.code): int(currency.exponent) for currency in Currency if currency.exponent is not None}


def known_currency(code: str) -> bool:
    """Whether the code is an ISO 4217 currency with a minor unit (not gold, not "none")."""
    return code in _exponents()


def exponent(currency: str) -> int:
    """Decimals of the currency's minor unit (USD 2, JPY 0); raises money_invalid if unknown."""
    try:
        return _exponents()[currency]
    except (KeyError, TypeError):
        raise _invalid(
            "/currency", "currency_unknown", say("%(currency)s is no currency.", currency=repr(currency))
        ) from None


def _invalid(pointer: str, code: str, message: str) -> DomainError:
    return MONEY_INVALID.error(message, errors=[FieldError(pointer, code, message)])


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `amount` ledger units of `currency`; may be negative."""

    amount: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in that currency; raises money_invalid for an unknown one."""
        exponent(currency)
        return cls(0, currency)

    @classmethod
    def parse(cls, text: object, currency: object, *, pointer: str = "", negative: bool = False) -> Money:
        """Read a decimal string exactly: `Money.parse("0.90", "CNY")`.

        `pointer` is the JSON pointer of the money object, for the field errors.
        Raises money_invalid for bad syntax, an unknown currency, a negative amount unless
        `negative`, an amount above AMOUNT_MAX, or more decimals than the ledger keeps.
        """
        if not isinstance(currency, str) or not known_currency(currency):
            message = say("%(currency)s is not a currency code of ISO 4217.", currency=repr(currency))
            raise _invalid(f"{pointer}/currency", "currency_unknown", message)
        at = f"{pointer}/amount"
        match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            message = say('An amount is a decimal string such as "0.90".')
            raise _invalid(at, "amount_syntax", message)
        sign, whole, fraction = match[1], match[2], match[3] or ""
        scale = exponent(currency) + SCALE_EXTRA
        if len(fraction) > scale:
            message = say("An amount in %(currency)s has at most %(scale)s decimals.", currency=currency, scale=scale)
            raise _invalid(at, "too_many_decimals", message)
        units = int(whole) * 10**scale + int(fraction.ljust(scale, "0") or "0")
        if sign and units and not negative:
            raise _invalid(at, "amount_negative", say("The amount may not be negative."))
        if units > AMOUNT_MAX:
            raise _invalid(at, "amount_too_large", say("The amount is too large."))
        return cls(-units if sign else units, currency)

    @classmethod
    def from_wire(cls, value: Any, pointer: str = "", *, negative: bool = False) -> Money:
        """Read `{"amount": "0.90", "currency": "CNY"}`; raises money_invalid."""
        if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
            message = say('Money is an object with exactly "amount" and "currency".')
            raise _invalid(pointer, "money_shape", message)
        return cls.parse(value["amount"], value["currency"], pointer=pointer, negative=negative)

    def to_wire(self) -> dict[str, str]:
        """`{"amount": "0.90", "currency": "CNY"}`: the one form outside and in audit bodies."""
        return {"amount": self.text(), "currency": self.currency}

    def text(self) -> str:
        """The amount as a decimal string.

        All decimals of the minor unit are shown, further ones only where they are not
        zero: "0.90", "0.045", "0.0013", "120" for JPY.
        """
        minor = exponent(self.currency)
        sign = "-" if self.amount < 0 else ""
        whole, fraction = divmod(abs(self.amount), 10 ** (minor + SCALE_EXTRA))
        digits = str(fraction).rjust(minor + SCALE_EXTRA, "0")
        shown = digits[:minor] + digits[minor:].rstrip("0")
        return f"{sign}{whole}.{shown}" if shown else f"{sign}{whole}"

    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.text())

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing."""
        return self.amount == 0

    def floor_to_minor(self) -> Money:
        """Rounded down (towards minus infinity) to whole minor units, as payouts are."""
        unit = 10**SCALE_EXTRA
        return Money(self.amount // unit * unit, self.currency)

    def minor_units(self) -> int:
        """Whole minor units (cents); raises ValueError when it is not a whole number."""
        units, rest = divmod(self.amount, 10**SCALE_EXTRA)
        if rest:
            raise ValueError(f"{self} is not a whole number of minor units")
        return units

    @classmethod
    def from_minor_units(cls, units: int, currency: str) -> Money:
        """Money from whole minor units (cents), as rails and banks count."""
        exponent(currency)
        return cls(units * 10**SCALE_EXTRA, currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.amount

    def __add__(self, other: Money) -> Money:
        """Sum in one currency; raises ValueError for two."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference in one currency; raises ValueError for two."""
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, count: object) -> Money:
        """That many times; only by a whole number."""
        if not isinstance(count, int) or isinstance(count, bool):
            return NotImplemented
        return Money(self.amount * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        """The opposite amount."""
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Order within one currency."""
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        """Order within one currency."""
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        """Order within one currency."""
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        """Order within one currency."""
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        """For people: "0.90 CNY"."""
        return f"{self.text()} {self.currency}"


def fee_floor(price: Money, ppm: int) -> Money:
    """`ppm` parts per million of a price, rounded down at ledger scale.

    Raises ValueError for a negative price or a fee outside 0 to 100 %.
    """
    if price.amount < 0 or not 0 <= ppm <= PPM:
        raise ValueError(f"no fee of {ppm} ppm on {price}")
    return Money(price.amount * ppm // PPM, price.currency)
