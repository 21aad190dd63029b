"""Making the quality report of a job anew from its answers and their consensus. A sweep."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs.consensus import choices_of
from marketplace.jobs.models import Job
from marketplace.quality.alpha import Alpha, alpha, by_label, tally
from marketplace.work.quality_models import QualityConfusion, QualityLine, QualityReport

_STATEMENTS: Final = load(__file__, "quality_reports.sql")
WAIT_SECONDS: Final = 300
PATTERNS_MAX: Final = 20_000
LABELS_MAX: Final = 50
"""Alpha by label is given for so many of the most frequent labels."""

_RESAMPLES: Final = 200
_NOTHING: Final = Alpha(None, None, None, 0)
Pattern = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Part:
    """What is counted of one contract and all below it, or of the whole job."""

    counts: Counter[str] = field(default_factory=Counter)
    agreed: float = 0.0
    patterns: Counter[Pattern] = field(default_factory=Counter)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)


def report_one_job(session: Session) -> int:
    """Sweep: make the report of one job whose consensus has grown; returns 1, or 0 for none."""
    due = session.execute(_STATEMENTS.job_to_report, {"wait_seconds": WAIT_SECONDS}).one_or_none()
    if due is None:
        return 0
    job = session.get_one(Job, due.job_id)
    parts, workers = _gather(session, job)
    lines = [line for contract_id, part in parts.items() for line in _lines(contract_id, part)]
    lines += [
        _line("worker", contract_id, counts, agreed, _NOTHING, worker_id=worker_id)
        for (contract_id, worker_id), (counts, agreed) in workers.items()
    ]
    confusion = [
        {"job_id": job.id, "contract_id": contract_id, "given": given, "together": together, "answers": answers}
        for contract_id, part in parts.items()
        for (given, together), answers in sorted(part.confusion.items())
    ]
    session.execute(delete(QualityLine).where(QualityLine.job_id == job.id))
    session.execute(delete(QualityConfusion).where(QualityConfusion.job_id == job.id))
    session.execute(insert(QualityLine), [{"job_id": job.id, **line} for line in lines])
    if confusion:
        session.execute(insert(QualityConfusion), confusion)
    done = {"answers_seen": due.answers_seen, "computed_at": func.statement_timestamp()}
    kept = upsert(QualityReport).values(job_id=job.id, **done)
    session.execute(kept.on_conflict_do_update(index_elements=["job_id"], set_=done))
    return 1


def _gather(
    session: Session, job: Job
) -> tuple[dict[uuid.UUID | None, _Part], dict[tuple[uuid.UUID | None, uuid.UUID], tuple[Counter[str], float]]]:
    above = _above(session, job.id)
    parts: dict[uuid.UUID | None, _Part] = defaultdict(_Part)
    counts: dict[tuple[uuid.UUID | None, uuid.UUID], Counter[str]] = defaultdict(Counter)
    agreed: Counter[tuple[uuid.UUID | None, uuid.UUID]] = Counter()
    names = ("answers", "accepted", "redone", "rejected")
    for row in session.execute(_STATEMENTS.counts, {"job_id": job.id}):
        found = {name: getattr(row, name) for name in names}
        for contract_id in above[row.contract_id]:
            parts[contract_id].counts.update(found)
        for contract_id in (None, row.contract_id):
            counts[contract_id, row.worker_id].update(found)
    for row in session.execute(_STATEMENTS.agreements, {"job_id": job.id}):
        for contract_id in above[row.contract_id]:
            parts[contract_id].counts["compared"] += row.compared
            parts[contract_id].agreed += row.agreed
        for contract_id in (None, row.contract_id):
            counts[contract_id, row.worker_id]["compared"] += row.compared
            agreed[contract_id, row.worker_id] += row.agreed
    if choices_of(job.kind, job.label_schema):
        _gather_labels(session, job, above, parts)
    return parts, {key: (count, agreed[key]) for key, count in counts.items()}


def _gather_labels(
    session: Session,
    job: Job,
    above: Mapping[uuid.UUID, Sequence[uuid.UUID | None]],
    parts: dict[uuid.UUID | None, _Part],
) -> None:
    key = "choice" if job.kind == "preference" else "label"
    values = {"job_id": job.id, "key": key}
    for row in session.execute(_STATEMENTS.patterns, {**values, "limit": PATTERNS_MAX}):
        (pattern,) = tally([row.labels])
        for contract_id in above[row.contract_id]:
            parts[contract_id].patterns[pattern] += row.items
    for row in session.execute(_STATEMENTS.confusion, values):
        for contract_id in above[row.contract_id]:
            parts[contract_id].confusion[row.given, row.together] += row.answers


def _above(session: Session, job_id: uuid.UUID) -> dict[uuid.UUID, list[uuid.UUID | None]]:
    """For each contract of the job itself and all above it, then None for the job."""
    rows = session.execute(select(Contract.id, Contract.parent_id).where(Contract.job_id == job_id))
    parents = {row.id: row.parent_id for row in rows}

    def up(contract_id: uuid.UUID | None) -> Iterator[uuid.UUID | None]:
        while contract_id is not None:
            yield contract_id
            contract_id = parents[contract_id]
        yield None

    return {contract_id: list(up(contract_id)) for contract_id in parents}


def _lines(contract_id: uuid.UUID | None, part: _Part) -> Iterator[dict[str, Any]]:
    scope = "job" if contract_id is None else "contract"
    yield _line(scope, contract_id, part.counts, part.agreed, alpha(part.patterns, resamples=_RESAMPLES))
    given: Counter[str] = Counter()
    for pattern, items in part.patterns.items():
        for label, count in pattern:
            given[label] += count * items
    frequent = [label for label, _ in sorted(given.items(), key=lambda pair: (-pair[1], pair[0]))[:LABELS_MAX]]
    alphas = by_label(part.patterns, frequent, resamples=_RESAMPLES)
    for label in sorted(frequent):
        compared = sum(count for (said, _), count in part.confusion.items() if said == label)
        counts = Counter(answers=given[label], accepted=given[label], compared=compared)
        yield _line("label", contract_id, counts, part.confusion[label, label], alphas[label], label=label)


def _line(
    scope: str,
    contract_id: uuid.UUID | None,
    counts: Mapping[str, int],
    agreed: float,
    measured: Alpha,
    *,
    label: str | None = None,
    worker_id: uuid.UUID | None = None,
) -> dict[str, Any]:
    compared = counts.get("compared", 0)
    return {
        "scope": scope,
        "contract_id": contract_id,
        "label": label,
        "worker_id": worker_id,
        **{name: counts.get(name, 0) for name in ("answers", "accepted", "redone", "rejected")},
        "compared": compared,
        "agreement": agreed / compared if compared else None,
        "alpha": measured.value,
        "alpha_low": measured.low,
        "alpha_high": measured.high,
        "alpha_items": measured.items,
    }
