"""Learning how good a job's workers are, from a bounded part of its answers."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.consensus import MODELS, choices_of
from marketplace.jobs.models import Job
from marketplace.quality.agreement import category
from marketplace.quality.dawid_skene import Model, Votes, fit, posterior
from marketplace.quality.voting import consensus
from marketplace.work.consensus_models import ConsensusModel, ConsensusWorker

_STATEMENTS: Final = load(__file__, "consensus.sql")
ITEMS_MIN: Final = 20
"""With fewer items of two answers or more there is too little to learn from: the majority decides."""

ITEMS_MAX: Final = 100_000
"""Of a job with more, the model is fitted to so many; the others are found by it all the same."""

WAIT_SECONDS: Final = 600
_CELLS_MAX: Final = 10_000_000
"""Answers times labels at most: a fit stays below a few hundred megabytes and a minute."""

_MARKS_ITEMS_MAX: Final = 10_000
"""The same for boxes, words and the like, which are compared one by one."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the newest model holds of the workers of some answers; `version` 0 is none yet."""

    model: ConsensusModel
    weights: Mapping[uuid.UUID, float]
    confusion: Mapping[uuid.UUID, Sequence[float]]

    @property
    def method(self) -> str:
        """The job's, or the majority's while nothing is learned."""
        return self.model.method if self.model.version else "majority"

    def weight(self, worker_id: uuid.UUID) -> float:
        """What an answer of the worker weighs."""
        return 1.0 if self.method == "majority" else self.weights.get(worker_id, self.model.average)


def fit_one_job(session: Session) -> int:
    """Sweep: fit the model of one job that is behind, and have its items found anew; returns 1, or 0 for none due."""
    job_id = session.execute(_STATEMENTS.model_to_fit, {"wait_seconds": WAIT_SECONDS}).scalar_one_or_none()
    if job_id is None:
        return 0
    model = session.get_one(ConsensusModel, job_id, populate_existing=True)
    job = session.get_one(Job, job_id)
    choices = choices_of(job.kind, job.label_schema)
    rows = _sample(session, job_id, choices)
    items = len({row.item_id for row in rows})
    model.answers_fitted, model.items_fitted = model.answers_seen, items
    model.fitted_at = session.execute(select(func.statement_timestamp())).scalar_one()
    if items < ITEMS_MIN:
        return 1
    workers = _weighed(rows) if model.method not in MODELS else _modeled(model, rows, choices)
    model.version += 1
    model.average = sum(float(worker["weight"]) for worker in workers) / len(workers)
    session.execute(delete(ConsensusWorker).where(ConsensusWorker.job_id == job_id))
    session.execute(insert(ConsensusWorker), [{"job_id": job_id, **worker} for worker in workers])
    session.execute(_STATEMENTS.make_all_due, {"job_id": job_id})
    return 1


def _sample(session: Session, job_id: uuid.UUID, choices: Sequence[str]) -> Sequence[Any]:
    limit = ITEMS_MAX if choices else _MARKS_ITEMS_MAX
    answers_max = _CELLS_MAX // max(2, len(choices))
    answer_ids: list[uuid.UUID] = []
    for row in session.execute(_STATEMENTS.sample, {"job_id": job_id, "limit": limit}):
        if len(answer_ids) + len(row.answers) > answers_max:
            break
        answer_ids += row.answers
    return session.execute(_STATEMENTS.sample_answers, {"answer_ids": answer_ids}).all()


def _final(row: Any) -> Any:
    return row.said if row.corrected is None else row.corrected


def _weighed(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """A worker weighs as their answers agree with what most say, as if two more had agreed by half."""
    of_item: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in rows:
        of_item[row.item_id].append(row)
    agreed: dict[uuid.UUID, list[float]] = defaultdict(lambda: [1.0, 2.0])
    for answers in of_item.values():
        found = consensus([_final(row) for row in answers])
        for row, share in zip(answers, found.with_value, strict=False):
            agreed[row.worker_id][0] += share
            agreed[row.worker_id][1] += 1
    workers = sorted({row.worker_id for row in rows})
    return [{"worker_id": worker, "weight": agreed[worker][0] / agreed[worker][1]} for worker in workers]


def _modeled(model: ConsensusModel, rows: Sequence[Any], choices: Sequence[str]) -> list[dict[str, Any]]:
    items = {item: place for place, item in enumerate(dict.fromkeys(row.item_id for row in rows))}
    workers = {worker: place for place, worker in enumerate(sorted({row.worker_id for row in rows}))}
    labels = {label: place for place, label in enumerate(choices)}
    votes = Votes(
        np.array([items[row.item_id] for row in rows], dtype=np.int64),
        np.array([workers[row.worker_id] for row in rows], dtype=np.int64),
        np.array([labels[category(_final(row))] for row in rows], dtype=np.int64),
        len(items),
        len(workers),
        len(labels),
    )
    fitted = fit(votes, "full" if model.method == "dawid_skene" else "one_coin")
    model.labels, model.priors = list(choices), [float(share) for share in fitted.model.priors]
    model.converged = fitted.converged
    found = fitted.model
    return [
        {
            "worker_id": worker,
            "weight": float(found.accuracies[place]),
            "confusion": None if found.confusion is None else found.confusion[place].ravel().tolist(),
        }
        for worker, place in workers.items()
    ]


def posterior_of(learned: Learned, worker_ids: Sequence[uuid.UUID], labels: Sequence[int]) -> list[float]:
    """The probability of each of the model's labels for an item with these answers."""
    size = len(learned.model.labels)
    known = [worker_id for worker_id in worker_ids if worker_id in learned.weights]
    full = learned.model.method == "dawid_skene"
    confusion = [np.array(learned.confusion[worker_id]).reshape(size, size) for worker_id in known] if full else []
    model = Model(
        variant="full" if full else "one_coin",
        priors=np.array(learned.model.priors),
        accuracies=np.array([learned.weights[worker_id] for worker_id in known]),
        average=learned.model.average,
        confusion=np.array(confusion).reshape(len(known), size, size) if full else None,
    )
    places = [known.index(worker_id) if worker_id in learned.weights else None for worker_id in worker_ids]
    return [float(chance) for chance in posterior(model, places, labels)]
