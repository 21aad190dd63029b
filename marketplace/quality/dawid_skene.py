"""Dawid and Skene's model of answers with one label each: how good each worker is, and what each item is, at once.

Full: each worker has a matrix of how often they give which label for which true one (A. P. Dawid and A. M. Skene,
Applied Statistics 28, 1979). One coin: each worker has one accuracy, and errs evenly. Fitted by expectation
maximization from the majority's choice; the same answers give the same numbers. Both have a weak prior of `SMOOTHING`
answers of each kind, so that nobody is held infallible or never right; the objective counts it in and never falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Variant = Literal["one_coin", "full"]

SMOOTHING: Final = 0.01
ITERATIONS_MAX: Final = 100
GAIN_MIN: Final = 1e-7
"""Gain of the objective per answer and iteration below which fitting stops."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Labels as numbers: vote number v says that `workers[v]` gave `labels[v]` to `items[v]`; all count from 0."""

    items: Ints
    workers: Ints
    labels: Ints
    item_count: int
    worker_count: int
    label_count: int


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned. `priors`: share of each label; `confusion`: worker x true label x given label, rows sum to 1.

    Of the one coin variant the matrices are not kept but follow from `accuracies`; `confusion` is None.
    `accuracies`: how often a worker gives the true label, over labels as frequent as `priors` says; `average`: their
    mean, for workers the model has not seen.
    """

    variant: Variant
    priors: Floats
    accuracies: Floats
    average: float
    confusion: Floats | None


@dataclass(frozen=True, slots=True)
class Fit:
    """A model with the probability of each label for each item (item x label), and its objective by iteration."""

    model: Model
    posteriors: Floats
    objectives: tuple[float, ...]
    converged: bool


def fit(votes: Votes, variant: Variant, *, iterations_max: int = ITERATIONS_MAX, gain_min: float = GAIN_MIN) -> Fit:
    """Fit to votes; every item and worker has at least one, and there are two labels or more.

    The objective is the log-likelihood of the votes plus the log of the prior, up to constants.
    Memory: votes x labels, and workers x labels x labels for the full variant, of 8 bytes.
    """
    if votes.label_count < 2:
        raise ValueError("a model needs two labels or more")
    counted = np.bincount(
        votes.items * votes.label_count + votes.labels, minlength=votes.item_count * votes.label_count
    )
    tallies = counted.reshape(votes.item_count, votes.label_count).astype(np.float64)
    posteriors = tallies / tallies.sum(axis=1, keepdims=True)
    objectives: list[float] = []
    model = _maximized(votes, variant, posteriors)
    for _ in range(iterations_max):
        posteriors, likelihood = _expected(votes, model)
        objectives.append(likelihood + _log_prior(model))
        if len(objectives) > 1 and objectives[-1] - objectives[-2] < gain_min * len(votes.items):
            return Fit(model, posteriors, tuple(objectives), converged=True)
        model = _maximized(votes, variant, posteriors)
    posteriors, likelihood = _expected(votes, model)
    return Fit(model, posteriors, (*objectives, likelihood + _log_prior(model)), converged=False)


def _maximized(votes: Votes, variant: Variant, posteriors: Floats) -> Model:
    size = votes.label_count
    weighed = posteriors.sum(axis=0) + SMOOTHING
    priors = weighed / weighed.sum()
    if variant == "one_coin":
        right = np.bincount(votes.workers, posteriors[votes.items, votes.labels], minlength=votes.worker_count)
        total = np.bincount(votes.workers, minlength=votes.worker_count)
        accuracies = (right + SMOOTHING) / (total + SMOOTHING * size)
        return Model(variant, priors, accuracies, float(accuracies.mean()), None)
    given = votes.workers * size + votes.labels
    counts = np.empty((votes.worker_count, size, size))
    for true in range(size):
        of_true = np.bincount(given, posteriors[votes.items, true], minlength=votes.worker_count * size)
        counts[:, true, :] = of_true.reshape(votes.worker_count, size)
    counts += SMOOTHING
    confusion = counts / counts.sum(axis=2, keepdims=True)
    accuracies = np.einsum("wtt,t->w", confusion, priors)
    return Model(variant, priors, accuracies, float(accuracies.mean()), confusion)


def _expected(votes: Votes, model: Model) -> tuple[Floats, float]:
    """The posteriors under a model, and the log-likelihood of the votes."""
    size = votes.label_count
    logs = np.tile(np.log(model.priors), (votes.item_count, 1))
    if model.confusion is None:
        error = np.log((1 - model.accuracies) / (size - 1))
        gain = np.log(model.accuracies) - error
        logs += np.bincount(votes.items, error[votes.workers], minlength=votes.item_count)[:, None]
        spots = votes.items * size + votes.labels
        logs += np.bincount(spots, gain[votes.workers], minlength=votes.item_count * size).reshape(-1, size)
    else:
        seen = np.log(model.confusion)[votes.workers, :, votes.labels]
        for true in range(size):
            logs[:, true] += np.bincount(votes.items, seen[:, true], minlength=votes.item_count)
    return normalized(logs)


def _log_prior(model: Model) -> float:
    """Log of the Dirichlet prior with `SMOOTHING` seen of each, up to constants."""
    total = float(np.log(model.priors).sum())
    if model.confusion is not None:
        total += float(np.log(model.confusion).sum())
    else:
        size = len(model.priors)
        errors = np.log((1 - model.accuracies) / (size - 1))
        total += float(np.log(model.accuracies).sum() + (size - 1) * errors.sum())
    return SMOOTHING * total


def normalized(logs: Floats) -> tuple[Floats, float]:
    """Rows of logs made into probabilities that sum to 1, and the sum of the logs of what they were divided by."""
    highest = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - highest)
    sums = weights.sum(axis=1, keepdims=True)
    return weights / sums, float((highest + np.log(sums)).sum())


def posterior(model: Model, workers: Sequence[int | None], labels: Sequence[int]) -> Floats:
    """The probability of each label for one item with these votes; a worker the model has not seen (None) is average.

    This is what fitting gives for an item, from the model alone: new items need no new fit.
    """
    size = len(model.priors)
    logs = np.log(model.priors).copy()
    for worker, label in zip(workers, labels, strict=True):
        if worker is not None and model.confusion is not None:
            logs += np.log(model.confusion[worker, :, label])
            continue
        accuracy = model.average if worker is None else float(model.accuracies[worker])
        error = np.log((1 - accuracy) / (size - 1))
        logs += error
        logs[label] += np.log(accuracy) - error
    return np.asarray(normalized(logs[None, :])[0][0])
