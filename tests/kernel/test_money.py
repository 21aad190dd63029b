from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import AMOUNT_MAX, Money, exponent, fee_floor, known_currency

CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD", "EUR", "KES"])
MONEY = st.builds(Money, st.integers(-AMOUNT_MAX, AMOUNT_MAX), CURRENCIES)


@pytest.mark.parametrize(
    ("text", "currency", "units", "shown"),
    [
        ("0.90", "CNY", 900_000, "0.90"),
        ("0.9", "CNY", 900_000, "0.90"),
        ("0.045", "CNY", 45_000, "0.045"),
        ("0.0013", "USD", 1_300, "0.0013"),
        ("900", "CNY", 900_000_000, "900.00"),
        ("120", "JPY", 1_200_000, "120"),
        ("0.0001", "JPY", 1, "0.0001"),
        ("1.234", "KWD", 12_340_000, "1.234"),
    ],
)
def test_amounts_are_read_exactly_and_shown_with_the_minor_units_decimals(
    text: str, currency: str, units: int, shown: str
) -> None:
    money = Money.parse(text, currency)
    assert money == Money(units, currency)
    assert money.to_wire() == {"amount": shown, "currency": currency}
    assert money.decimal() == Decimal(text)


@pytest.mark.parametrize(
    ("amount", "currency", "pointer", "code"),
    [
        ("0.9000001", "CNY", "/price/amount", "too_many_decimals"),
        ("1e3", "CNY", "/price/amount", "amount_syntax"),
        ("", "CNY", "/price/amount", "amount_syntax"),
        (".5", "CNY", "/price/amount", "amount_syntax"),
        ("1,5", "CNY", "/price/amount", "amount_syntax"),
        ("١", "CNY", "/price/amount", "amount_syntax"),
        ("1\n", "CNY", "/price/amount", "amount_syntax"),
        (0.9, "CNY", "/price/amount", "amount_syntax"),
        (None, "CNY", "/price/amount", "amount_syntax"),
        ("-1", "CNY", "/price/amount", "amount_negative"),
        ("99999999999999999999", "CNY", "/price/amount", "amount_too_large"),
        ("1", "XXX", "/price/currency", "currency_unknown"),
        ("1", "cny", "/price/currency", "currency_unknown"),
        ("1", None, "/price/currency", "currency_unknown"),
        ("1", ["CNY"], "/price/currency", "currency_unknown"),
    ],
)
def test_what_is_no_amount_is_refused_and_the_field_is_named(
    amount: object, currency: object, pointer: str, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        Money.from_wire({"amount": amount, "currency": currency}, "/price")
    assert caught.value.slug == "money_invalid"
    assert [(error.pointer, error.code) for error in caught.value.errors] == [(pointer, code)]


@pytest.mark.parametrize("value", [None, "1 CNY", {"amount": "1"}, {"amount": "1", "currency": "CNY", "more": 1}])
def test_money_on_the_wire_has_exactly_two_members(value: object) -> None:
    with pytest.raises(DomainError, match="exactly"):
        Money.from_wire(value)


@given(MONEY)
def test_money_survives_the_wire(money: Money) -> None:
    assert Money.from_wire(money.to_wire(), negative=True) == money


@given(MONEY)
def test_text_decimal_and_units_say_the_same(money: Money) -> None:
    scale = exponent(money.currency) + 4
    assert money.decimal() * 10**scale == money.amount
    shown = money.text().partition(".")[2]
    assert len(shown) >= exponent(money.currency)
    assert len(shown) == exponent(money.currency) or not shown.endswith("0")


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15), CURRENCIES)
def test_sums_are_sums_of_units(left: int, right: int, currency: str) -> None:
    one, two = Money(left, currency), Money(right, currency)
    assert (one + two).amount == left + right
    assert (one - two) + two == one
    assert -one + one == Money.zero(currency)
    assert (one < two, one <= two, one > two, one >= two) == (left < right, left <= right, left > right, left >= right)


def test_currencies_are_never_mixed() -> None:
    one, two = Money(1, "USD"), Money(1, "CNY")
    for operation in (lambda: one + two, lambda: one - two, lambda: one < two, lambda: one >= two):
        with pytest.raises(ValueError, match="cannot mix"):
            operation()
    assert one != two


def test_money_is_multiplied_by_whole_numbers_only() -> None:
    assert 3 * Money(5, "USD") == Money(5, "USD") * 3 == Money(15, "USD")
    for factor in (0.5, Decimal(1), True):
        with pytest.raises(TypeError):
            Money(5, "USD") * factor


@given(MONEY)
def test_payouts_round_down_and_the_remainder_is_less_than_a_minor_unit(money: Money) -> None:
    floored = money.floor_to_minor()
    assert 0 <= (money - floored).amount < 10_000
    assert Money.from_minor_units(floored.minor_units(), money.currency) == floored


def test_minor_units_of_a_fraction_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number of minor units"):
        Money.parse("0.045", "CNY").minor_units()


def test_the_worked_examples_fee_is_exact() -> None:
    assert fee_floor(Money.parse("0.90", "CNY"), 50_000) == Money.parse("0.045", "CNY")


@given(st.integers(0, AMOUNT_MAX), st.integers(0, 1_000_000), CURRENCIES)
def test_a_fee_is_rounded_down_and_never_more_than_the_price(units: int, ppm: int, currency: str) -> None:
    fee = fee_floor(Money(units, currency), ppm)
    assert 0 <= units * ppm - fee.amount * 1_000_000 < 1_000_000
    assert fee.amount <= units


@pytest.mark.parametrize(("units", "ppm"), [(-1, 1), (1, -1), (1, 1_000_001)])
def test_a_fee_out_of_range_is_refused(units: int, ppm: int) -> None:
    with pytest.raises(ValueError, match="no fee"):
        fee_floor(Money(units, "USD"), ppm)


def test_gold_and_no_currency_are_no_currencies() -> None:
    assert known_currency("CNY")
    assert not any(known_currency(code) for code in ("XAU", "XXX", "XTS", "", "USDX"))
    with pytest.raises(DomainError):
        Money.zero("XAU")
