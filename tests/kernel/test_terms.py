from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, DeferralLimit, SettlementTerms, TermPart

PARTS = st.builds(TermPart, st.integers(1, 9), st.integers(0, 4), st.sampled_from(Anchor))
TERMS = st.lists(PARTS, min_size=1, max_size=5).map(lambda parts: SettlementTerms(tuple(parts)))
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))

HALF_AND_HALF = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))


def test_the_worked_example_falls_due_in_halves_at_the_end_of_february_and_july() -> None:
    accepted_on = date(2027, 1, 15)
    assert HALF_AND_HALF.due_dates(accepted_on) == [(1, date(2027, 2, 28)), (1, date(2027, 7, 31))]
    assert HALF_AND_HALF.split(Money.parse("350", "CNY"), accepted_on) == [
        (date(2027, 2, 28), Money.parse("175", "CNY")),
        (date(2027, 7, 31), Money.parse("175", "CNY")),
    ]
    assert HALF_AND_HALF.months_max == 6


@pytest.mark.parametrize(
    ("months", "anchor", "accepted_on", "due"),
    [
        (0, Anchor.ACCEPTANCE, date(2027, 1, 31), date(2027, 1, 31)),
        (1, Anchor.ACCEPTANCE, date(2027, 1, 31), date(2027, 2, 28)),
        (1, Anchor.ACCEPTANCE, date(2028, 1, 31), date(2028, 2, 29)),
        (12, Anchor.ACCEPTANCE, date(2027, 12, 31), date(2028, 12, 31)),
        (0, Anchor.MONTH_END, date(2027, 1, 31), date(2027, 1, 31)),
        (2, Anchor.MONTH_END, date(2027, 12, 1), date(2028, 2, 29)),
    ],
)
def test_due_dates_are_clamped_to_the_months_end(months: int, anchor: Anchor, accepted_on: date, due: date) -> None:
    assert TermPart(1, months, anchor).due_date(accepted_on) == due


@given(TERMS, st.integers(0, 10**12), DAYS)
def test_a_split_sums_to_the_amount_with_one_share_a_date_in_order(
    terms: SettlementTerms, units: int, accepted_on: date
) -> None:
    split = terms.split(Money(units, "CNY"), accepted_on)
    assert sum(share.amount for _, share in split) == units
    dates = [due for due, _ in split]
    assert dates == sorted(set(dates))
    assert set(dates) == {due for _, due in terms.due_dates(accepted_on)}
    assert min(dates) >= accepted_on


def share_due(terms: SettlementTerms, accepted_on: date, today: date) -> tuple[int, int]:
    due = terms.due_dates(accepted_on)
    return sum(weight for weight, day in due if day <= today), sum(weight for weight, _ in due)


# Every length of month, a leap year, and every day of the month as the day of acceptance.
A_FEW_YEARS = [date(2027, 1, 1) + timedelta(days=offset) for offset in range(0, 366 * 2, 1)]


@given(TERMS, TERMS)
def test_not_later_than_holds_exactly_when_no_day_of_acceptance_shows_a_later_share(
    worker: SettlementTerms, margin: SettlementTerms
) -> None:
    def holds_for(accepted_on: date) -> bool:
        days = {day for terms in (worker, margin) for _, day in terms.due_dates(accepted_on)}
        shares = [(share_due(worker, accepted_on, day), share_due(margin, accepted_on, day)) for day in days]
        return all(paid * other_whole >= other * whole for (paid, whole), (other, other_whole) in shares)

    assert worker.not_later_than(margin) == all(holds_for(day) for day in A_FEW_YEARS[::7])


@given(TERMS)
def test_terms_are_never_later_than_themselves_and_survive_the_wire(terms: SettlementTerms) -> None:
    assert terms.not_later_than(terms)
    assert SettlementTerms.from_wire(terms.to_wire()) == terms


def test_paying_at_once_is_never_later_and_half_a_year_later_is() -> None:
    at_once = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),))
    assert at_once.not_later_than(HALF_AND_HALF)
    assert not HALF_AND_HALF.not_later_than(at_once)


def test_each_thing_wrong_with_terms_is_named_with_its_pointer() -> None:
    wrong = [{"weight": 0, "months": -1, "anchor": "never"}, {"weight": 1}, {"weight": 1, "months": True, "anchor": []}]
    with pytest.raises(DomainError) as caught:
        SettlementTerms.from_wire(wrong, "/terms")
    assert caught.value.slug == "invalid"
    assert [error.pointer for error in caught.value.errors] == [
        "/terms/0/weight",
        "/terms/0/months",
        "/terms/0/anchor",
        "/terms/1",
        "/terms/2/months",
        "/terms/2/anchor",
    ]


@pytest.mark.parametrize("value", [None, {}, [], [{}] * 13])
def test_terms_have_one_to_twelve_parts(value: object) -> None:
    with pytest.raises(DomainError, match="1 to 12 parts"):
        SettlementTerms.from_wire(value)


def test_values_out_of_range_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="1 to 12 parts"):
        SettlementTerms(())
    with pytest.raises(ValueError, match="out of range"):
        TermPart(0, 0, Anchor.ACCEPTANCE)


def test_a_countrys_limit_brings_forward_what_would_fall_due_after_it() -> None:
    """The example of docs/ledger.md: 60 days after 15 January 2027 is 16 March."""
    half = Money.parse("0.175", "CNY")
    split = HALF_AND_HALF.split(Money.parse("0.35", "CNY"), date(2027, 1, 15), limits=[DeferralLimit(60, "days")])
    assert split == [(date(2027, 2, 28), half), (date(2027, 3, 16), half)]
    at_once = HALF_AND_HALF.split(Money.parse("0.35", "CNY"), date(2027, 1, 15), limits=[DeferralLimit(0, "months")])
    assert at_once == [(date(2027, 1, 15), half + half)]
