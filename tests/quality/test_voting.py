import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.quality.voting import consensus, vote

LABELS = st.sampled_from(["a", "b", "c"])


def test_the_value_given_most_often_wins_with_its_share() -> None:
    voted = vote(["a", "b", "a"])
    assert voted.value == "a"
    assert voted.share == pytest.approx(2 / 3)


def test_a_tie_has_no_winner() -> None:
    assert vote(["a", "b"]).value is None
    assert vote([]).value is None


@given(st.lists(LABELS))
def test_a_winner_beats_every_other_value_whatever_the_order(values: list[str]) -> None:
    found = vote(values)
    assert found == vote(sorted(values))
    if found.value is not None:
        assert all(values.count(other) < values.count(found.value) for other in set(values) - {found.value})


def test_one_good_worker_outweighs_two_poor_ones() -> None:
    voted = vote(["a", "b", "b"], [0.9, 0.4, 0.4])
    assert voted.value == "a"
    assert voted.share == pytest.approx(0.9 / 1.7)


def test_weights_that_sum_to_the_same_are_a_tie_in_any_order() -> None:
    assert vote(["a", "b", "b", "b"], [0.3, 0.1, 0.1, 0.1]).value is None
    assert vote(["b", "b", "b", "a"], [0.1, 0.1, 0.1, 0.3]).value is None


def test_consensus_of_labels_is_the_choice_of_most_with_what_agrees() -> None:
    found = consensus([{"label": "a"}, {"label": "b"}, {"label": "a"}])
    assert found.value == {"label": "a"}
    assert found.confidence == pytest.approx(2 / 3)
    assert found.agreement == pytest.approx(1 / 3)
    assert found.with_value == (1.0, 0.0, 1.0)


def test_consensus_of_several_labels_takes_no_notice_of_their_order() -> None:
    assert consensus([{"labels": ["a", "b"]}, {"labels": ["b", "a"]}, {"labels": ["c"]}]).value == {
        "labels": ["a", "b"]
    }


def test_a_tie_has_no_consensus_but_tells_how_divided_it_is() -> None:
    found = consensus([{"label": "a"}, {"label": "b"}])
    assert (found.value, found.confidence, found.agreement, found.with_value) == (None, 0.5, 0.0, ())


def test_a_single_answer_stands_with_nothing_said_of_its_confidence() -> None:
    found = consensus([{"label": "a"}])
    assert (found.value, found.confidence, found.agreement) == ({"label": "a"}, None, None)


def test_no_answers_have_no_consensus() -> None:
    with pytest.raises(ValueError, match="needs an answer"):
        consensus([])


def boxes(x: int) -> dict[str, object]:
    return {"boxes": [{"label": "car", "x": x, "y": 0, "width": 100, "height": 100}]}


def test_consensus_of_boxes_is_the_answer_closest_to_the_others() -> None:
    found = consensus([boxes(0), boxes(10), boxes(20)])
    assert found.value == boxes(10)
    assert found.confidence == pytest.approx(90 / 110)
    assert list(found.with_value) == pytest.approx([90 / 110, 1.0, 90 / 110])


def test_of_two_texts_the_one_of_the_weightier_worker_is_taken() -> None:
    texts = [{"text": "good day"}, {"text": "good night"}]
    assert consensus(texts).value == texts[0]
    assert consensus(texts, [0.5, 0.9]).value == texts[1]
