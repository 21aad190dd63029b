from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.gateways.stripe_connect.amounts import steps_of, to_stripe
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import SCALE_EXTRA, Money, exponent
from marketplace.kernel.rates import Rate

CURRENCIES = ("USD", "JPY", "KWD", "KES", "ISK", "MGA", "UGX")


def test_a_rate_keeps_all_its_digits() -> None:
    rate = Rate.parse("0.006712345678901234", "JPY", "USD")

    assert rate.value == Fraction(6712345678901234, 10**18)
    assert str(rate) == "1 JPY = 0.006712345678901234 USD"


@pytest.mark.parametrize("text", ["", "0", "0.000", "-1", "1e3", "1.", ".5", "NaN", "1,5", 1.5, None, "9" * 13])
def test_what_is_no_decimal_above_nothing_is_refused(text: object) -> None:
    with pytest.raises(DomainError, match="decimal string") as refusal:
        Rate.parse(text, "USD", "KES")

    assert refusal.value.errors[0].pointer == "/rate"


def test_a_rate_is_between_two_known_currencies() -> None:
    with pytest.raises(DomainError, match="not USD and USD"):
        Rate.parse("1", "USD", "USD")
    with pytest.raises(DomainError, match="no currency"):
        Rate.parse("1", "USD", "XXZ")


@pytest.mark.parametrize(
    ("owed", "rate", "step", "given", "got"),
    [
        ("12.345678 USD", "129.45 KES", 1, "12.345617 USD", "1598.14 KES"),
        # no decimals in JPY: two thirds of a yen stay owed
        ("1.00 USD", "149.666666 JPY", 1, "0.995546 USD", "149 JPY"),
        ("149 JPY", "0.0067 USD", 1, "147.7612 JPY", "0.99 USD"),
        # three decimals in KWD, of which Stripe moves only two
        ("10.00 USD", "0.30775 KWD", 1, "9.998376 USD", "3.077 KWD"),
        ("10.00 USD", "0.30775 KWD", 10, "9.97563 USD", "3.070 KWD"),
        ("3.077 KWD", "3.2494 USD", 1, "3.0744138 KWD", "9.99 USD"),
        # hundredths in ISO 4217 that Stripe does not move
        ("1.00 USD", "4512.349 MGA", 100, "0.999923 USD", "4512.00 MGA"),
        ("0.01 USD", "0.92 EUR", 1, "0.00 USD", "0.00 EUR"),
    ],
)
def test_what_is_got_is_rounded_down_and_the_rest_is_not_given(
    owed: str, rate: str, step: int, given: str, got: str
) -> None:
    amount, currency = owed.split()
    text, bought = rate.split()

    changed = Rate.parse(text, currency, bought).change(Money.parse(amount, currency), step)

    assert [str(one) for one in changed] == [given, got]


@given(
    st.integers(1, 10**14),
    st.sampled_from(CURRENCIES),
    st.sampled_from(CURRENCIES),
    st.integers(1, 10**9),
    st.integers(0, 12),
)
def test_nothing_is_lost_in_a_change_beyond_one_unit_of_the_books(
    units: int, sold: str, bought: str, digits: int, decimals: int
) -> None:
    if sold == bought:
        return
    whole, fraction = divmod(digits, 10**decimals)
    rate = Rate.parse(f"{whole}.{fraction:0{decimals}d}" if decimals else str(whole), sold, bought)
    owed, step = Money(units, sold), steps_of(bought)

    given_up, got = rate.change(owed, step)

    each = rate.value * Fraction(10) ** (exponent(bought) - exponent(sold))
    assert 0 <= given_up.amount <= owed.amount
    assert got.amount <= given_up.amount * each < got.amount + each
    assert (owed - given_up).amount * each < step * 10**SCALE_EXTRA, "the rest buys no other step"
    assert to_stripe(got) >= 0, "the rail can move it"
