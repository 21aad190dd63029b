"""The figure itself: of fresh evidence alone, whatever its source, and known until too little of it is fresh."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from marketplace.scores.reckoning import ANSWERS_MAX, ANSWERS_MIN, FRESH, REST, Evidence, moves, reckon

NOW = dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC)


def days_old(days: float, share: float = 1.0) -> Evidence:
    return Evidence(NOW - dt.timedelta(days=days), share)


SHARES = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
EVIDENCE = st.lists(st.builds(days_old, st.integers(0, 400), SHARES), max_size=700)
FRESH_EVIDENCE = st.lists(st.builds(days_old, st.integers(1, 150), SHARES), min_size=ANSWERS_MIN)


def test_a_score_is_not_known_below_the_least_number_of_answers() -> None:
    assert reckon([days_old(1)] * (ANSWERS_MIN - 1), NOW) is None
    found = reckon([days_old(1)] * ANSWERS_MIN, NOW)
    assert found is not None
    assert (found.percent, found.answers) == (100, ANSWERS_MIN)


def test_it_is_known_until_the_last_answer_it_needs_is_no_longer_fresh() -> None:
    evidence = [days_old(day) for day in range(1, 41)]
    found = reckon(evidence, NOW)
    assert found is not None
    assert found.expires_at == evidence[ANSWERS_MIN - 1].at + FRESH
    assert reckon(evidence, found.expires_at - dt.timedelta(seconds=1)) is not None
    assert reckon(evidence, found.expires_at) is None


def test_a_third_right_thirty_times_is_thirty_three_percent_and_ninety_nine_hundredths_are_not_all() -> None:
    third = reckon([days_old(1, 1 / 3)] * 30, NOW)
    almost = reckon([days_old(1)] * 499 + [days_old(1, 0.9)], NOW)
    assert third is not None
    assert almost is not None
    assert (third.percent, almost.percent) == (33, 99)


@given(EVIDENCE)
def test_only_the_newest_fresh_answers_count_in_whatever_order_they_are_read(evidence: list[Evidence]) -> None:
    found = reckon(evidence, NOW)
    assert found == reckon(evidence[::-1], NOW)
    fresh = sorted((one for one in evidence if one.at > NOW - FRESH), key=lambda one: one.at, reverse=True)
    assert (found is None) == (len(fresh) < ANSWERS_MIN)
    if found is not None:
        assert found.answers == min(len(fresh), ANSWERS_MAX)
        assert 0 <= found.percent <= 100
        assert found.expires_at > NOW


@given(FRESH_EVIDENCE, st.integers(0, ANSWERS_MIN - 1))
def test_fewer_new_answers_than_a_step_do_not_move_it(evidence: list[Evidence], newer: int) -> None:
    before = reckon(evidence, NOW)
    grown = [*evidence, *([Evidence(NOW, 0.0)] * newer)]
    after = reckon(grown, NOW)
    assert before is not None
    assert after is not None
    yesterday = NOW - dt.timedelta(days=1)
    assert not moves(before, after, grown, yesterday, NOW)
    assert moves(before, after, grown, NOW - REST, NOW)
    enough = [*evidence, *([Evidence(NOW, 0.0)] * ANSWERS_MIN)]
    moved = reckon(enough, NOW)
    assert moved is not None
    assert moves(before, moved, enough, yesterday, NOW)
