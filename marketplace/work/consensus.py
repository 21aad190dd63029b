"""Making the consensus of items whose accepted answers changed."""

import json
import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.consensus import MODELS
from marketplace.jobs.models import Job
from marketplace.quality.agreement import category
from marketplace.quality.voting import Consensus, about, consensus
from marketplace.work.adjudicating import adjudicated_contents
from marketplace.work.consensus_fitting import Learned, posterior_of
from marketplace.work.consensus_models import ConsensusModel, ConsensusWorker

_STATEMENTS: Final = load(__file__, "consensus.sql")
ITEMS_AT_ONCE: Final = 2_000
JOBS_LOOKED_AT: Final = 50
_EQUAL: Final = 1e-9


def compute_some(session: Session) -> int:
    """Sweep: make the consensus of some due items of one job; returns of how many.

    Any number of processes may do so: each takes a job that no other has.
    """
    for job_id in session.scalars(_STATEMENTS.jobs_due, {"limit": JOBS_LOOKED_AT}).all():
        job = session.get_one(Job, job_id)
        session.execute(_STATEMENTS.begin_model, {"job_id": job_id, "method": job.consensus.method})
        model = _take(session, job_id)
        if model is not None:
            return _compute(session, model)
    return 0


def _take(session: Session, job_id: uuid.UUID) -> ConsensusModel | None:
    # Two processes on one job could read an item's answers one after the other and write them the other way round.
    wanted = select(ConsensusModel).where(ConsensusModel.job_id == job_id).with_for_update(skip_locked=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _compute(session: Session, model: ConsensusModel) -> int:
    taken = session.scalars(_STATEMENTS.take_due, {"job_id": model.job_id, "limit": ITEMS_AT_ONCE}).all()
    item_ids = sorted(set(taken))
    rows = session.execute(_STATEMENTS.standing_answers, {"item_ids": item_ids}).all()
    by_item = {item_id: list(group) for item_id, group in groupby(rows, key=lambda row: row.item_id)}
    # Of what was accepted in error nothing stays, and a consensus of nothing is none.
    session.execute(_STATEMENTS.forget_unanswered, {"item_ids": [one for one in item_ids if one not in by_item]})
    if not by_item:
        return len(taken)
    decided = adjudicated_contents(session, item_ids)
    learned = _learned(session, model, {row.worker_id for row in rows})
    counts = {"item_ids": list(by_item), "counts": [len(answers) for answers in by_item.values()]}
    model.answers_seen += max(0, int(session.execute(_STATEMENTS.count_new_answers, counts).scalar_one()))
    lines = [
        {"item_id": str(item_id), **_line(learned, answers, decided.get(item_id))}
        for item_id, answers in by_item.items()
    ]
    session.execute(_STATEMENTS.keep, {"job_id": model.job_id, "lines": json.dumps(lines)})
    return len(taken)


def _learned(session: Session, model: ConsensusModel, worker_ids: set[uuid.UUID]) -> Learned:
    wanted = select(ConsensusWorker).where(
        ConsensusWorker.job_id == model.job_id, ConsensusWorker.worker_id.in_(worker_ids)
    )
    workers = session.scalars(wanted.execution_options(populate_existing=True)).all() if model.version else []
    return Learned(
        model,
        {worker.worker_id: worker.weight for worker in workers},
        {worker.worker_id: worker.confusion for worker in workers if worker.confusion is not None},
    )


def _line(learned: Learned, answers: Sequence[Any], decided: Mapping[str, Any] | None) -> dict[str, Any]:
    method = learned.method if decided is None else "adjudicated"
    weights = [learned.weight(answer.worker_id) for answer in answers]
    found = _found(learned, answers, weights, decided)
    return {
        "method": method,
        "value": found.value,
        # Rounded, so that sums of the same numbers in another order are no new version.
        "confidence": None if found.confidence is None else round(min(1.0, found.confidence), 6),
        "agreement": None if found.agreement is None else round(min(1.0, found.agreement), 6),
        "answers": [str(answer.id) for answer in answers],
        "weights": [round(weight, 6) for weight in weights],
        "agreements": [round(share, 6) for share in found.with_value],
        "guideline_version": max(answer.guideline_version for answer in answers),
        "model_version": learned.model.version if method not in {"majority", "adjudicated"} else None,
    }


def _found(
    learned: Learned, answers: Sequence[Any], weights: Sequence[float], decided: Mapping[str, Any] | None
) -> Consensus:
    said = [answer.said for answer in answers]
    final = [answer.said if answer.corrected is None else answer.corrected for answer in answers]
    if decided is not None:
        return about(said, decided, None)
    if learned.method in MODELS:
        value, confidence = _likeliest(learned, final, [answer.worker_id for answer in answers])
        return about(said, value, confidence)
    found = consensus(final, weights)
    return found if final == said else about(said, found.value, found.confidence)


def _likeliest(
    learned: Learned, contents: Sequence[Mapping[str, Any]], worker_ids: Sequence[uuid.UUID]
) -> tuple[Mapping[str, Any] | None, float]:
    """The content with the likeliest label by the model, and how likely it is; None for a tie."""
    labels = learned.model.labels
    given = [category(content) for content in contents]
    chances = posterior_of(learned, worker_ids, [labels.index(label) for label in given])
    order = sorted(range(len(labels)), key=lambda place: -chances[place])
    best = order[0]
    if chances[best] - chances[order[1]] <= _EQUAL:
        return None, chances[best]
    if labels[best] in given:
        return contents[given.index(labels[best])], chances[best]
    # Nobody said so, but those who said otherwise are known to take it for that.
    key = "label" if "label" in contents[0] else "choice"
    return {key: labels[best]}, chances[best]
