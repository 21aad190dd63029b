from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client_api.client import amount_of, money


@pytest.mark.parametrize(
    ("given", "sent"), [("0.90", "0.90"), (Decimal("1E+2"), "100"), (3, "3"), (Decimal("0.0013"), "0.0013")]
)
def test_money_is_exact_on_the_wire(given: Any, sent: str) -> None:
    value = money(given, "CNY")
    assert value == {"amount": sent, "currency": "CNY"}
    assert amount_of(value) == Decimal(sent)


@pytest.mark.parametrize("given", [0.9, True])
def test_money_is_never_a_float(given: Any) -> None:
    with pytest.raises(TypeError):
        money(given, "CNY")


@pytest.mark.parametrize("given", ["", "-1", "NaN", "Infinity", "1,000", Decimal("-0")])
def test_what_is_no_amount_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        money(given, "CNY")
