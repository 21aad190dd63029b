"""Reads of quality reports: the client sees the whole job, a layer what lies below its own contracts."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.queries import visible_to
from marketplace.jobs import queries as job_queries
from marketplace.kernel.actor import Actor
from marketplace.work.quality_models import QualityConfusion, QualityLine, QualityReport

WORKERS_MAX: Final = 500
LINES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class JobQuality:
    """How good a job's answers are, as far as the reader may see.

    `job` is None for a layer; `contracts` are those the reader is party to, each with all below it; `labels`,
    `workers` and `confusion` are of the whole job, or, for a layer, of its own contracts. At most `WORKERS_MAX`
    workers, those with the most answers. `computed_at` (real time) is None before the first report.
    """

    computed_at: dt.datetime | None
    job: QualityLine | None
    contracts: Sequence[QualityLine]
    labels: Sequence[QualityLine]
    workers: Sequence[QualityLine]
    confusion: Sequence[QualityConfusion]


def job_quality(session: Session, actor: Actor, job_id: uuid.UUID) -> JobQuality:
    """The report of a job; raises forbidden, and not_found for a job one has no part in."""
    actor.require("task.read")
    job = job_queries.get_job(session, actor, job_id)
    report = session.get(QualityReport, job_id)
    if report is None:
        return JobQuality(None, None, [], [], [], [])
    everything = actor.is_staff or job.organization_id == actor.organization_id
    seen = select(Contract.id).where(Contract.job_id == job_id, visible_to(actor))
    own = select(Contract.id).where(Contract.job_id == job_id, Contract.seller_organization_id == actor.organization_id)

    def of(line: type[QualityLine] | type[QualityConfusion]) -> ColumnElement[bool]:
        return line.contract_id.is_(None) if everything else line.contract_id.in_(own)

    lines = select(QualityLine).where(QualityLine.job_id == job_id)
    contracts = lines.where(
        QualityLine.scope == "contract", or_(QualityLine.contract_id.in_(seen), QualityLine.contract_id.in_(own))
    )
    labels = lines.where(QualityLine.scope == "label", of(QualityLine)).order_by(QualityLine.id)
    workers = lines.where(QualityLine.scope == "worker", of(QualityLine))
    confusion = select(QualityConfusion).where(QualityConfusion.job_id == job_id, of(QualityConfusion))
    return JobQuality(
        computed_at=report.computed_at,
        job=session.scalars(lines.where(QualityLine.scope == "job")).one_or_none() if everything else None,
        contracts=session.scalars(contracts.order_by(QualityLine.id).limit(LINES_MAX)).all(),
        labels=session.scalars(labels.limit(LINES_MAX)).all(),
        workers=session.scalars(workers.order_by(QualityLine.answers.desc(), QualityLine.id).limit(WORKERS_MAX)).all(),
        confusion=session.scalars(
            confusion.order_by(QualityConfusion.answers.desc(), QualityConfusion.id).limit(LINES_MAX)
        ).all(),
    )
