import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.quality.dawid_skene import Fit, Variant, Votes, fit, posterior

VARIANTS: list[Variant] = ["one_coin", "full"]


def votes_of(triples: list[tuple[int, int, int]], label_count: int) -> Votes:
    """(item, worker, label) triples; items and workers are renumbered so that each has a vote."""
    items = {item: place for place, item in enumerate(sorted({item for item, _, _ in triples}))}
    workers = {worker: place for place, worker in enumerate(sorted({worker for _, worker, _ in triples}))}
    return Votes(
        np.array([items[item] for item, _, _ in triples]),
        np.array([workers[worker] for _, worker, _ in triples]),
        np.array([label for _, _, label in triples]),
        len(items),
        len(workers),
        label_count,
    )


def crowd(
    accuracies: list[float], *, items: int = 400, labels: int = 3, each: int = 3, seed: int = 1
) -> tuple[Votes, list[int]]:
    """Answers of workers who err evenly, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, labels, items)
    triples = []
    for item in range(items):
        for worker in random.choice(len(accuracies), each, replace=False):
            right = random.random() < accuracies[worker]
            wrong = (truth[item] + random.integers(1, labels)) % labels
            triples.append((item, int(worker), int(truth[item] if right else wrong)))
    return votes_of(triples, labels), [int(label) for label in truth]


def share_right(fitted: Fit, truth: list[int]) -> float:
    return float((fitted.posteriors.argmax(axis=1) == np.array(truth)).mean())


TRIPLES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=40,
    unique_by=lambda triple: triple[:2],
)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(triples=TRIPLES)
def test_the_objective_never_falls_and_probabilities_sum_to_one(
    variant: Variant, triples: list[tuple[int, int, int]]
) -> None:
    fitted = fit(votes_of(triples, 3), variant, gain_min=0.0, iterations_max=30)
    rises = np.diff(fitted.objectives)
    assert (rises >= -1e-9 * np.abs(fitted.objectives[:-1])).all()
    assert fitted.posteriors.sum(axis=1) == pytest.approx(np.ones(len(fitted.posteriors)))
    assert float(fitted.model.priors.sum()) == pytest.approx(1.0)
    if fitted.model.confusion is not None:
        assert fitted.model.confusion.sum(axis=2) == pytest.approx(np.ones(fitted.model.confusion.shape[:2]))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_votes_give_the_same_numbers(variant: Variant) -> None:
    votes, _ = crowd([0.9, 0.8, 0.7, 0.6, 0.5])
    first, second = fit(votes, variant), fit(votes, variant)
    assert first.objectives == second.objectives
    assert (first.posteriors == second.posteriors).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_right_more_often_than_the_majority_where_few_are_good(variant: Variant) -> None:
    votes, truth = crowd([0.95, 0.95, 0.4, 0.4, 0.4, 0.4], items=1000, each=5)
    tallies = np.zeros((votes.item_count, votes.label_count))
    np.add.at(tallies, (votes.items, votes.labels), 1)
    by_majority = float((tallies.argmax(axis=1) == np.array(truth)).mean())
    assert share_right(fit(votes, variant), truth) > by_majority + 0.05


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_finds_how_good_each_worker_is(variant: Variant) -> None:
    accuracies = [0.95, 0.85, 0.75, 0.65, 0.55]
    votes, _ = crowd(accuracies, items=3000, each=4)
    assert fit(votes, variant).model.accuracies == pytest.approx(np.array(accuracies), abs=0.05)


def test_the_full_model_understands_a_worker_who_swaps_two_labels() -> None:
    random = np.random.default_rng(7)
    truth = random.integers(0, 3, 500)
    triples = []
    for item, true in enumerate(truth):
        for worker in (0, 1):
            wrong = int(random.integers(0, 3))
            triples.append((item, worker, int(true) if random.random() < 0.85 else wrong))
        triples.append((item, 2, {0: 1, 1: 0, 2: 2}[int(true)]))
    fitted = fit(votes_of(triples, 3), "full")
    assert fitted.model.confusion is not None
    assert fitted.model.confusion[2, 0, 1] > 0.9
    assert share_right(fitted, [int(label) for label in truth]) > 0.97


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_model_alone_tells_the_same_of_an_item_as_fitting_did(variant: Variant) -> None:
    votes, _ = crowd([0.9, 0.8, 0.7, 0.6, 0.5], items=200)
    fitted = fit(votes, variant, gain_min=1e-13, iterations_max=2000)
    for item in range(0, 200, 17):
        of_item = votes.items == item
        found = posterior(fitted.model, votes.workers[of_item].tolist(), votes.labels[of_item].tolist())
        assert found == pytest.approx(fitted.posteriors[item], abs=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_worker_the_model_has_not_seen_is_taken_as_average(variant: Variant) -> None:
    votes, _ = crowd([0.9, 0.8, 0.7])
    found = posterior(fit(votes, variant).model, [None, None], [1, 1])
    assert found.argmax() == 1


def test_it_stops_at_the_bound_and_says_so() -> None:
    votes, _ = crowd([0.9, 0.6, 0.5, 0.5])
    fitted = fit(votes, "full", iterations_max=2, gain_min=0.0)
    assert (fitted.converged, len(fitted.objectives)) == (False, 3)


def test_one_label_is_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match="two labels"):
        fit(votes_of([(0, 0, 0)], 1), "one_coin")
