"""Our numbers beside those of crowd-kit and simpledorff, which nothing at run time needs."""

from typing import Any

import numpy as np
import pytest

from marketplace.quality.alpha import alpha, tally
from marketplace.quality.dawid_skene import Votes, fit
from marketplace.quality.voting import vote

HOW = "needs crowd-kit and simpledorff: .venv/bin/python -m pip install -c constraints.txt -e '.[oracles]'"
crowdkit: Any = pytest.importorskip("crowdkit.aggregation", reason=HOW)
simpledorff: Any = pytest.importorskip("simpledorff", reason=HOW)
pandas: Any = pytest.importorskip("pandas", reason=HOW)

LABELS = 4


def crowd() -> tuple[Votes, Any]:
    """300 items, each with five answers of twelve workers; as ours, and as the frame the others take."""
    random = np.random.default_rng(11)
    accuracies = random.uniform(0.45, 0.95, 12)
    rows = []
    for item in range(300):
        truth = random.integers(0, LABELS)
        for worker in random.choice(12, 5, replace=False):
            wrong = (truth + random.integers(1, LABELS)) % LABELS
            rows.append((item, int(worker), int(truth if random.random() < accuracies[worker] else wrong)))
    items, workers, labels = (np.array(column) for column in zip(*rows, strict=True))
    frame = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    return Votes(items, workers, labels, 300, 12, LABELS), frame


@pytest.mark.parametrize(("variant", "theirs"), [("full", "DawidSkene"), ("one_coin", "OneCoinDawidSkene")])
def test_dawid_and_skenes_model_finds_what_crowd_kit_finds(variant: Any, theirs: str) -> None:
    votes, frame = crowd()
    ours = fit(votes, variant, gain_min=1e-12, iterations_max=1000).posteriors
    expected = getattr(crowdkit, theirs)(1000, tol=1e-12).fit_predict_proba(frame).sort_index().to_numpy()
    assert (ours.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.99
    assert np.abs(ours - expected).mean() < 0.01


def test_the_majority_is_crowd_kits_majority() -> None:
    votes, frame = crowd()
    shares = crowdkit.MajorityVote().fit_predict_proba(frame)
    for item in range(votes.item_count):
        found = vote(votes.labels[votes.items == item].tolist())
        assert found.share == pytest.approx(float(shares.loc[item].max()))
        if found.value is not None:
            assert found.value == int(shares.loc[item].idxmax())


def test_weighing_by_agreement_with_the_majority_is_crowd_kits_wawa() -> None:
    votes, frame = crowd()
    majority = crowdkit.MajorityVote().fit_predict(frame)
    agreed = frame["label"].to_numpy() == majority.loc[frame["task"]].to_numpy()
    weights = np.bincount(votes.workers, agreed) / np.bincount(votes.workers)
    expected = crowdkit.Wawa().fit_predict_proba(frame)
    for item in range(votes.item_count):
        of_item = votes.items == item
        found = vote(votes.labels[of_item].tolist(), weights[votes.workers[of_item]].tolist())
        assert found.share == pytest.approx(float(expected.loc[item].max()))


def test_alpha_is_simpledorffs_alpha() -> None:
    _, frame = crowd()
    kept = np.random.default_rng(5).random(len(frame)) < 0.7
    frame = frame[kept].groupby("task").filter(lambda answers: len(answers) > 1)
    expected = simpledorff.calculate_krippendorffs_alpha_for_df(
        frame, experiment_col="task", annotator_col="worker", class_col="label"
    )
    items = [[str(label) for label in answers["label"]] for _, answers in frame.groupby("task")]
    assert alpha(tally(items), resamples=1).value == pytest.approx(float(expected))
