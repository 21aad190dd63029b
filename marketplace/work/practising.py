"""Practising before a claim: a job's practice items as workers see them, and how an answer differs from the right one.

Nothing of it is kept, paid or scored, and nobody holds anything for it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from marketplace.jobs.models import Job, Media
from marketplace.jobs.practice import practice_of
from marketplace.jobs.practice_models import PracticeItem
from marketplace.kernel.actor import Actor
from marketplace.quality.agreement import pair_agreement
from marketplace.work.claiming import ClaimItem
from marketplace.work.corrections import differences
from marketplace.work.eligibility import OPEN_TO_WORKER
from marketplace.work.models import Batch


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice item as the workbench shows items; the right answer, and why it is right ("" where nobody says)."""

    item: ClaimItem
    expected: Mapping[str, Any]
    explanation: str
    is_example: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """How an answer compares with the right one: agreement in whole percent, rounded down, and what differs.

    A difference is (JSON pointer, what was answered or None, what is right or None), as of a correction.
    """

    percent: int
    differences: Sequence[tuple[str, Any, Any]]

    @property
    def is_right(self) -> bool:
        """Whether nothing differs that counts."""
        return self.percent == 100


def practice(session: Session, job_id: uuid.UUID) -> list[Practice]:
    """The practice items of a job, examples first, then in the order in which they were added; at most a few.

    Knows no permissions: who calls has found that the job's tasks are open to the reader.
    """
    rows = sorted(practice_of(session, job_id), key=lambda row: not row.is_example)
    wanted = {row.media_id for row in rows if row.media_id is not None}
    media = {one.id: one for one in session.scalars(select(Media).where(Media.id.in_(wanted)))} if wanted else {}
    return [
        Practice(
            _shown(row, number, media[row.media_id] if row.media_id else None),
            row.expected,
            row.explanation,
            row.is_example,
        )
        for number, row in enumerate(rows, start=1)
    ]


def _shown(row: PracticeItem, number: int, media: Media | None) -> ClaimItem:
    if media is None:
        return ClaimItem(row.id, number, row.external_id, row.content, None, None)
    size = (media.width, media.height, None, media.duration_ms, media.point_count)
    return ClaimItem(row.id, number, row.external_id, row.content, *size)


def tried(given: Mapping[str, Any], expected: Mapping[str, Any]) -> Tried:
    """Compare an answer with the right one, as a gold answer is compared."""
    percent = int(pair_agreement(given, expected) * 100)
    return Tried(percent, [] if percent == 100 else differences(given, expected))


def media_of_practice(session: Session, actor: Actor, item_id: uuid.UUID) -> Media | None:
    """The media of a practice item, for workers to whom a task of its job is open, the job's client and the platform.

    None for everybody else, and for what is no practice item with media.
    """
    item = session.get(PracticeItem, item_id)
    if item is None or item.media_id is None or item.removed_at is not None:
        return None
    is_worker = actor.organization_id is None
    seen = _is_open_to(session, actor, item.job_id) if is_worker else _is_kept_by(session, actor, item)
    return session.get(Media, item.media_id) if seen else None


def _is_open_to(session: Session, actor: Actor, job_id: uuid.UUID) -> bool:
    if actor.person_id is None or not actor.may("media.read.own"):
        return False
    open_to_worker = text(OPEN_TO_WORKER).bindparams(worker_id=actor.person)
    a_batch = exists().where(Batch.job_id == job_id, Batch.claimable, Batch.state == "open", open_to_worker)
    return bool(session.scalar(select(a_batch)))


def _is_kept_by(session: Session, actor: Actor, item: PracticeItem) -> bool:
    if not actor.may("media.read"):
        return False
    client = session.scalar(select(Job.organization_id).where(Job.id == item.job_id))
    return actor.organization_kind == "platform" or client == actor.organization_id
