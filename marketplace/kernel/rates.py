"""Rates between two currencies: exact decimals with all their digits, and what they change an amount into."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.money import SCALE_EXTRA, Money, exponent

_RATE: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of `bought` one of `sold` buys; `text` is a decimal as it was given, never a float."""

    sold: str
    bought: str
    text: str

    @classmethod
    def parse(cls, text: object, sold: str, bought: str) -> "Rate":
        """Read a rate: `Rate.parse("129.4502", "USD", "KES")`.

        Raises money_invalid for an unknown currency, invalid for one currency twice and for what is no decimal above
        nothing with at most 12 digits before the point and 18 behind it.
        """
        exponent(sold)
        exponent(bought)
        if sold == bought:
            raise _invalid("/bought", "same_currency", f"A rate is between two currencies, not {sold} and {bought}.")
        if not isinstance(text, str) or not _RATE.fullmatch(text) or Fraction(text) == 0:
            message = 'A rate is a decimal string above nothing such as "129.4502", with at most 18 decimals.'
            raise _invalid("/rate", "rate_syntax", message)
        return cls(sold, bought, text)

    @property
    def value(self) -> Fraction:
        """The rate as an exact number."""
        return Fraction(self.text)

    def change(self, owed: Money, step: int = 1) -> tuple[Money, Money]:
        """What of an amount owed is given, and what is got for it.

        What is got is rounded down to whole steps of `step` minor units. What is given is the least amount of the
        books that buys exactly that; the rest is not changed, and stays owed. Raises ValueError for another currency.
        """
        if owed.currency != self.sold:
            raise ValueError(f"a rate for {self.sold} changes no {owed.currency}")
        unit = step * 10**SCALE_EXTRA
        # Ledger units bought by one ledger unit sold.
        each = self.value * Fraction(10) ** (exponent(self.bought) - exponent(self.sold))
        got = int(owed.amount * each // unit) * unit
        return Money(-int(-got // each), self.sold), Money(got, self.bought)

    def cost(self, got: Money) -> Money:
        """The least amount of `sold` in whole minor units that buys so much of `bought`."""
        each = self.value * Fraction(10) ** (exponent(self.bought) - exponent(self.sold))
        unit = 10**SCALE_EXTRA
        return Money(-int(-got.amount // (each * unit)) * unit, self.sold)

    def __str__(self) -> str:
        """For people: "1 USD = 129.4502 KES"."""
        return f"1 {self.sold} = {self.text} {self.bought}"


def _invalid(pointer: str, code: str, message: str) -> DomainError:
    return INVALID.error(message, errors=[FieldError(pointer, code, message)])
