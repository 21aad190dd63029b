import datetime as dt
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.business_days import BusinessDay, DayRule, is_time_zone
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, DeferralLimit, SettlementTerms, TermPart

HOLIDAYS = frozenset({date(2027, 4, 30), date(2027, 5, 3), date(2027, 12, 31), date(2028, 2, 29)})
CALENDARS: dict[str | None, frozenset[date]] = {
    None: frozenset(),
    "CN-2027": HOLIDAYS,
    "DE-2027": frozenset({date(2027, 5, 31), date(2027, 2, 26), date(2027, 5, 3)}),
}
RULES = st.builds(DayRule, st.sampled_from(BusinessDay), st.sampled_from(list(CALENDARS)), st.just("UTC"))
DAYS = st.dates(date(2027, 1, 1), date(2028, 12, 31))
PARTS = st.builds(TermPart, st.integers(1, 9), st.integers(0, 4), st.sampled_from(Anchor))
TERMS = st.builds(SettlementTerms, st.lists(PARTS, min_size=1, max_size=4).map(tuple), RULES)
LONG_AGO = date(2000, 1, 1)


@pytest.mark.parametrize(
    ("rule", "due", "moved"),
    [
        ("none", date(2027, 5, 1), date(2027, 5, 1)),  # a Saturday
        ("following", date(2027, 5, 1), date(2027, 5, 4)),  # over the weekend and a closed Monday
        ("preceding", date(2027, 5, 1), date(2027, 4, 29)),  # over a closed Friday
        ("modified_following", date(2027, 5, 1), date(2027, 5, 4)),
        ("following", date(2027, 4, 30), date(2027, 5, 4)),
        ("modified_following", date(2027, 4, 30), date(2027, 4, 29)),  # the next open day is in May
        ("modified_following", date(2027, 1, 31), date(2027, 1, 29)),  # a Sunday at a month's end
        ("following", date(2027, 12, 31), date(2028, 1, 3)),
        ("following", date(2028, 2, 29), date(2028, 3, 1)),
        ("preceding", date(2027, 4, 29), date(2027, 4, 29)),
    ],
)
def test_a_due_date_on_a_closed_day_goes_where_its_rule_says(rule: str, due: date, moved: date) -> None:
    assert DayRule(BusinessDay(rule), "CN-2027").moved(due, LONG_AGO, HOLIDAYS) == moved


def test_no_due_date_is_moved_before_the_day_of_acceptance() -> None:
    sunday = date(2027, 5, 9)
    assert DayRule(BusinessDay.PRECEDING).moved(sunday, sunday) == sunday


@pytest.mark.parametrize(
    ("months", "accepted_on", "due"),
    [
        (1, date(2027, 8, 31), date(2027, 9, 30)),
        (6, date(2027, 8, 31), date(2028, 2, 29)),
        (12, date(2028, 2, 29), date(2029, 2, 28)),
        (48, date(2028, 2, 29), date(2032, 2, 29)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_months_last(months: int, accepted_on: date, due: date) -> None:
    assert TermPart(1, months, Anchor.ACCEPTANCE).due_date(accepted_on) == due


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2027-01-31T20:00:00+00:00", date(2027, 1, 31)),
        ("Asia/Shanghai", "2027-01-31T20:00:00+00:00", date(2027, 2, 1)),
        ("America/Los_Angeles", "2027-02-01T07:59:59+00:00", date(2027, 1, 31)),
        # The nights in which clocks change: 23 and 25 hours long.
        ("Europe/Berlin", "2027-03-27T22:59:59+00:00", date(2027, 3, 27)),
        ("Europe/Berlin", "2027-03-28T21:59:59+00:00", date(2027, 3, 28)),
        ("Europe/Berlin", "2027-03-28T22:00:00+00:00", date(2027, 3, 29)),
        ("Europe/Berlin", "2027-10-31T22:59:59+00:00", date(2027, 10, 31)),
        ("Europe/Berlin", "2027-10-31T23:00:00+00:00", date(2027, 11, 1)),
    ],
)
def test_the_day_of_acceptance_is_that_of_the_zone(zone: str, moment: str, day: date) -> None:
    assert DayRule(time_zone=zone).day_of(dt.datetime.fromisoformat(moment)) == day


@given(RULES, DAYS, DAYS)
def test_the_later_of_two_dates_never_comes_to_lie_before_the_other(rule: DayRule, one: date, other: date) -> None:
    first, second = sorted((one, other))
    closed = CALENDARS[rule.calendar]
    assert rule.moved(first, LONG_AGO, closed) <= rule.moved(second, LONG_AGO, closed)


def due_by(terms: SettlementTerms, accepted_on: date, today: date) -> tuple[int, int]:
    due = terms.due_dates(accepted_on, CALENDARS[terms.rule.calendar])
    return sum(weight for weight, day in due if day <= today), sum(weight for weight, _ in due)


@given(TERMS, TERMS, DAYS)
def test_what_is_said_to_be_not_later_is_not_later_on_any_day_of_any_calendar(
    worker: SettlementTerms, margin: SettlementTerms, accepted_on: date
) -> None:
    if not worker.not_later_than(margin):
        return
    for offset in range(200):
        today = accepted_on + timedelta(days=offset)
        paid, whole = due_by(worker, accepted_on, today)
        other, other_whole = due_by(margin, accepted_on, today)
        assert paid * other_whole >= other * whole, today


@pytest.mark.parametrize(
    ("worker", "margin", "holds"),
    [
        (DayRule(BusinessDay.PRECEDING, "CN-2027"), DayRule(), True),
        (DayRule(BusinessDay.PRECEDING), DayRule(BusinessDay.PRECEDING, "CN-2027"), False),
        (DayRule(BusinessDay.FOLLOWING), DayRule(), False),
        (DayRule(), DayRule(BusinessDay.PRECEDING), False),
        (DayRule(), DayRule(BusinessDay.MODIFIED_FOLLOWING), False),
        (DayRule(), DayRule(BusinessDay.FOLLOWING, "CN-2027"), True),
        (DayRule(BusinessDay.MODIFIED_FOLLOWING), DayRule(BusinessDay.FOLLOWING, "CN-2027"), True),
        (DayRule(BusinessDay.FOLLOWING, "CN-2027"), DayRule(BusinessDay.FOLLOWING), False),
        (DayRule(time_zone="Asia/Shanghai"), DayRule(), False),
        (DayRule(time_zone="Asia/Shanghai"), DayRule(time_zone="Asia/Shanghai"), True),
    ],
)
def test_a_rule_that_could_make_the_worker_later_than_the_margin_is_known(
    worker: DayRule, margin: DayRule, holds: bool
) -> None:
    parts = (TermPart(1, 1, Anchor.MONTH_END),)
    assert SettlementTerms(parts, worker).not_later_than(SettlementTerms(parts, margin)) == holds


@given(TERMS)
def test_terms_with_rules_survive_the_wire_and_are_not_later_than_themselves(terms: SettlementTerms) -> None:
    if terms.rule.calendar is not None and terms.rule.business_day is BusinessDay.NONE:
        return
    assert SettlementTerms.from_wire(terms.to_wire()) == terms
    assert terms.not_later_than(terms)


def test_terms_of_before_there_were_rules_read_and_are_written_as_ever() -> None:
    old = [{"weight": 1, "months": 1, "anchor": "month_end"}]
    terms = SettlementTerms.from_wire(old)
    assert terms.rule == DayRule(BusinessDay.NONE, None, "UTC")
    assert terms.to_wire() == old


def test_following_counts_as_a_month_more() -> None:
    part = (TermPart(1, 6, Anchor.MONTH_END),)
    months = {rule: SettlementTerms(part, DayRule(rule)).months_max for rule in BusinessDay}
    assert months == {"none": 6, "following": 7, "preceding": 6, "modified_following": 6}


def test_what_is_wrong_with_days_is_named_with_its_pointer() -> None:
    part = {"weight": 1, "months": 1, "anchor": "month_end"}
    wrong = [
        {**part, "business_day": "never", "time_zone": "Mars/Olympus"},
        {**part, "calendar": "CN-2027"},
        {**part, "business_day": "following", "calendar": "2027"},
        {**part, "when": 1},
    ]
    with pytest.raises(DomainError) as caught:
        SettlementTerms.from_wire(wrong)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("/0/business_day", "terms_business_day"),
        ("/0/time_zone", "terms_time_zone"),
        ("/1/calendar", "terms_calendar"),
        ("/2/calendar", "terms_calendar"),
        ("/3", "terms_part_shape"),
    ]
    with pytest.raises(DomainError) as caught:
        SettlementTerms.from_wire([part, {**part, "business_day": "preceding"}])
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/1/business_day", "terms_days_differ")]


def test_time_zones_are_those_of_the_database() -> None:
    assert all(is_time_zone(name) for name in ("UTC", "Asia/Kolkata"))
    assert not any(is_time_zone(name) for name in ("Moon", "", 5, None))


def test_a_limit_brings_forward_what_would_fall_due_after_it() -> None:
    terms = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))
    amount = Money.parse("1", "CNY")
    half = Money.parse("0.5", "CNY")
    accepted_on = date(2027, 1, 15)
    sixty = DeferralLimit(60, "days")
    assert terms.split(amount, accepted_on, limits=[sixty]) == [(date(2027, 2, 28), half), (date(2027, 3, 16), half)]
    assert terms.split(amount, accepted_on, limits=[sixty, DeferralLimit(1, "months")]) == [(date(2027, 2, 15), amount)]
    assert DeferralLimit(1, "months").latest(date(2027, 8, 31)) == date(2027, 9, 30)
