"""Reads of what answers say together: for the job's client and the platform's staff."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Item, Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.work.consensus_models import ItemConsensus


@dataclass(frozen=True, slots=True)
class ConsensusAnswer:
    """An answer's part in a consensus; `agreement` with the value, None without one."""

    answer_id: uuid.UUID
    weight: float
    agreement: float | None


@dataclass(frozen=True, slots=True)
class ConsensusLine:
    """An item with what its accepted answers say together; see `ItemConsensus`."""

    item_id: uuid.UUID
    external_id: str
    rate_code: str
    ordinal: int
    value: dict[str, Any] | None
    confidence: float | None
    agreement: float | None
    method: str
    answers: list[ConsensusAnswer]
    guideline_version: int
    model_version: int | None
    version: int
    computed_at: dt.datetime


def own_or_staffs(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """A job whose results one may read: one's own, and any for the platform's staff; else not_found."""
    job = job_queries.get_job(session, actor, job_id)
    if not actor.is_staff and job.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no job with this id.", noun="job")
    return job


def job_consensus(
    session: Session, actor: Actor, job_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[ConsensusLine]:
    """The consensus of each item of a job that has an accepted answer, in the order the items came."""
    actor.require("result.read")
    own_or_staffs(session, actor, job_id)
    wanted = _lines().where(ItemConsensus.job_id == job_id)
    page = paginate(session, wanted, keys=[ItemConsensus.item_id], cursor=cursor, limit=limit)
    return Page([_line(found, item) for found, item in page.data], page.next_cursor)


def item_consensus(session: Session, actor: Actor, item_id: uuid.UUID) -> ConsensusLine:
    """The consensus of one item; raises not_found where it has no accepted answer, or none that was counted yet."""
    actor.require("result.read")
    wanted = _lines().join(Job, Job.id == ItemConsensus.job_id)
    if not actor.is_staff:
        wanted = wanted.where(Job.organization_id == actor.organization_id)
    row = session.execute(wanted.where(ItemConsensus.item_id == item_id)).one_or_none()
    if row is None:
        raise NOT_FOUND.error("There is no item with this id that has a consensus.", noun="item")
    return _line(row[0], row[1])


def of_items(session: Session, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ItemConsensus]:
    """The consensus of those of the items that have one."""
    rows = session.scalars(select(ItemConsensus).where(ItemConsensus.item_id.in_(item_ids)))
    return {row.item_id: row for row in rows}


def _lines() -> Select[ItemConsensus, Item]:
    return select(ItemConsensus, Item).join(Item, Item.id == ItemConsensus.item_id)


def _line(found: ItemConsensus, item: Item) -> ConsensusLine:
    agreements: Sequence[float | None] = found.agreements or [None] * len(found.answers)
    return ConsensusLine(
        item_id=item.id,
        external_id=item.external_id,
        rate_code=item.rate_code,
        ordinal=item.ordinal,
        value=found.value,
        confidence=found.confidence,
        agreement=found.agreement,
        method=found.method,
        answers=[
            ConsensusAnswer(answer_id, weight, share)
            for answer_id, weight, share in zip(found.answers, found.weights, agreements, strict=True)
        ],
        guideline_version=found.guideline_version,
        model_version=found.model_version,
        version=found.version,
        computed_at=found.computed_at,
    )
