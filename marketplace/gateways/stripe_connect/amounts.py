"""Amounts as Stripe writes them: its units differ from ISO 4217 in a few currencies.

Source: Stripe's documentation, "Currencies", special cases.
"""

from typing import Final

from marketplace.kernel.money import Money

ISO_WHOLE_STRIPE_HUNDREDTHS: Final = frozenset({"ISK", "UGX"})
"""Without a minor unit in ISO 4217, yet written in hundredths."""

ISO_HUNDREDTHS_STRIPE_WHOLE: Final = frozenset({"MGA"})
"""With hundredths in ISO 4217, yet written without."""

LAST_DIGIT_ZERO: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""In thousandths, of which the last digit must be 0."""


def steps_of(currency: str) -> int:
    """The smallest amount that Stripe moves of a currency, in ISO minor units."""
    if currency in ISO_HUNDREDTHS_STRIPE_WHOLE:
        return 100
    return 10 if currency in LAST_DIGIT_ZERO else 1


def to_stripe(amount: Money) -> int:
    """The amount in Stripe's units; raises ValueError for what is not whole in minor units, or not in Stripe's."""
    minor = amount.minor_units()
    if minor % steps_of(amount.currency):
        raise ValueError(f"Stripe cannot move {amount}: its smallest step is {steps_of(amount.currency)} minor units")
    if amount.currency in ISO_WHOLE_STRIPE_HUNDREDTHS:
        return minor * 100
    return minor // 100 if amount.currency in ISO_HUNDREDTHS_STRIPE_WHOLE else minor


def from_stripe(units: int, currency: str) -> Money:
    """An amount of Stripe's, whose currency codes are in lower case."""
    code = currency.upper()
    if code in ISO_WHOLE_STRIPE_HUNDREDTHS:
        whole, rest = divmod(units, 100)
        if rest:
            raise ValueError(f"{units} of {code} at Stripe is no whole number of {code}")
        return Money.from_minor_units(whole, code)
    return Money.from_minor_units(units * 100 if code in ISO_HUNDREDTHS_STRIPE_WHOLE else units, code)
