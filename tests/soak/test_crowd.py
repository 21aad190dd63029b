"""The campaign of the crowd, small: so that the long one is known to run."""

import random

import pytest

from tests.soak.crowd import labeling, scenes
from tests.soak.crowd.__main__ import books
from tests.soak.crowd.place import opened


@pytest.mark.slow
def test_a_small_crowd_labels_and_is_protected_and_the_books_hold() -> None:
    with opened() as place:
        labeled = labeling.run(place, 20, 60, random.Random(1))
        assert sum(labeled.by_answers.values()) == 60
        rejected = scenes.mass_rejection(place)
        assert (rejected["rejected"], rejected["held"]) == (20, 40)
        assert scenes.exposure(place)["items on the day of the limit"] == 12
        assert scenes.wage_floor(place)["a further claim"] == "batch_paused"
        books(place)
