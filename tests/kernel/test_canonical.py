import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.canonical import canonical_bytes, day, instant

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785_and_read_back_as_the_value(value: object) -> None:
    encoded = canonical_bytes(value)
    assert encoded == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert json.loads(encoded) == value
    assert canonical_bytes(json.loads(encoded)) == encoded


@given(st.dictionaries(TEXT, PLAIN))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


def test_keys_are_sorted_by_their_utf_16_code_units_as_in_section_3_2_3() -> None:
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical_bytes(value)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize(
    "value",
    [1.5, 1.0, float("nan"), [1.5], {"a": {"b": [0.1]}}, b"x", date(2027, 1, 1), {1, 2}, {"a": object()}],
)
def test_floats_and_foreign_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), {1: 2}, "\ud800", {"\udfff": 1}])
def test_what_json_cannot_carry_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the encoder's own
        canonical_bytes(value)


def test_moments_are_utc_text_with_microseconds() -> None:
    moment = datetime(2027, 1, 15, 9, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert instant(moment) == "2027-01-15T08:00:00.000005Z"
    assert instant(datetime(2027, 1, 15, tzinfo=UTC)) == "2027-01-15T00:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        instant(moment.replace(tzinfo=None))


def test_days_are_dates_only() -> None:
    assert day(date(2027, 1, 15)) == "2027-01-15"
    with pytest.raises(TypeError, match="not a moment"):
        day(datetime(2027, 1, 15, tzinfo=UTC))
