import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.allocation import allocate

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(st.integers(-(10**17), 10**17), WEIGHTS)
def test_shares_sum_to_the_total_and_are_within_one_unit_of_exact(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole


@given(st.integers(0, 10**12), WEIGHTS)
def test_no_weight_means_no_share_and_a_mirror_is_split_as_its_mirror(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)
    assert allocate(-total, weights) == [-share for share in shares]


@given(st.integers(0, 10**12), WEIGHTS, st.integers(1, 1000))
def test_only_the_proportion_of_weights_counts(total: int, weights: list[int], factor: int) -> None:
    assert allocate(total, weights) == allocate(total, [weight * factor for weight in weights])


def test_ties_go_to_the_earlier_position_and_larger_remainders_first() -> None:
    assert allocate(10, [1, 1, 1]) == [4, 3, 3]
    assert allocate(11, [1, 1, 1]) == [4, 4, 3]
    assert allocate(5, [3, 7]) == [2, 3]
    assert allocate(1, [1, 2]) == [0, 1]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1]])
def test_meaningless_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        allocate(1, weights)
