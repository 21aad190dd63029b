from collections import Counter

import pytest

from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.quality.sampling import label_draws, labels_in, worker_draws

SEED = b"s" * 32
SAMPLED = ReviewPolicy(mode="sample")


def drawn(policy: ReviewPolicy, worker: str, count: int, seed: bytes = SEED) -> list[int]:
    return [index for index in range(count) if worker_draws(policy, seed, worker, index)]


def test_one_of_every_five_of_the_first_hundred_is_drawn_then_one_of_every_25() -> None:
    found = drawn(SAMPLED, "a", 600)
    assert Counter(index // 5 for index in found if index < 100) == dict.fromkeys(range(20), 1)
    assert Counter((index - 100) // 25 for index in found if index >= 100) == dict.fromkeys(range(20), 1)


def test_the_share_is_never_under_the_floor() -> None:
    policy = ReviewPolicy(mode="sample", first_count=0, then_every=1000, floor_ppm=100_000)
    assert len(drawn(policy, "a", 1000)) == 100
    assert len(drawn(ReviewPolicy(mode="sample", first_count=0, then_every=9, floor_ppm=1_000_000), "a", 50)) == 50


def test_nobody_foresees_a_draw_without_the_secret_and_everybody_repeats_it_with_it() -> None:
    assert drawn(SAMPLED, "a", 300) == drawn(SAMPLED, "a", 300)
    assert drawn(SAMPLED, "a", 300) != drawn(SAMPLED, "b", 300)
    assert drawn(SAMPLED, "a", 300) != drawn(SAMPLED, "a", 300, b"t" * 32)
    places = Counter(index % 5 for index in drawn(SAMPLED, "a", 100))
    assert len(places) > 2


def test_of_each_label_one_of_every_so_many_is_drawn() -> None:
    policy = ReviewPolicy(mode="sample", label_every=4)
    for label in ("good", "bad"):
        found = [index for index in range(40) if label_draws(policy, SEED, label, index)]
        assert Counter(index // 4 for index in found) == dict.fromkeys(range(10), 1)


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        ({"label": "good"}, {"good"}),
        ({"labels": ["a", "b"]}, {"a", "b"}),
        ({"boxes": [{"label": "car", "x": 1}, {"label": "bus", "x": 2}]}, {"car", "bus"}),
        ({"boxes": []}, {""}),
    ],
)
def test_labels_are_found_in_answers_of_every_kind(content: dict[str, object], labels: set[str]) -> None:
    assert labels_in(content) == labels
