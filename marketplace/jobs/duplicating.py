"""A new draft out of a job that is there: the same fields, rates and newest guideline, and its items if wanted."""

from __future__ import annotations

import dataclasses
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.sql import load
from marketplace.jobs.authoring import create_job, draft_of
from marketplace.jobs.drafts import GuidelineDraft
from marketplace.jobs.events import JOB_DUPLICATED, JOB_ITEMS_ADDED
from marketplace.jobs.items import UPLOAD_TIMEOUT_SECONDS, items_digest
from marketplace.jobs.models import Job
from marketplace.jobs.queries import guideline_of, own_job, rates_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public

_SQL: Final = load(__file__, "duplicating.sql")


def duplicate_job(
    session: Session, actor: Actor, job_id: UUID, *, fee_ppm: int, title: str | None = None, items: bool = False
) -> Job:
    """Make a draft like a job of one's own, whatever that one's state; with its standing items if `items`.

    Nothing of its money, contracts, tasks, answers or practice items comes along, and the fee is today's (`fee_ppm`,
    parts per million). Items keep their order and external ids, and their ordinals close the gaps of withdrawn ones.
    Addresses whose media was purged are fetched again. Raises not_found, invalid for a title that is none, and
    state_conflict where items name uploaded media that was purged.
    """
    actor.require("job.write")
    source = own_job(session, actor, job_id)
    draft = draft_of(session, source)
    newest = guideline_of(session, source.id, source.guideline_version)
    guideline = None
    if newest is not None:
        guideline = GuidelineDraft(newest.text, tuple((rule["id"], rule["text"]) for rule in newest.rules))
    draft = dataclasses.replace(draft, title=source.title if title is None else title, guideline=guideline)
    job = create_job(session, actor, draft, fee_ppm=fee_ppm)
    copied = _copy_items(session, actor, source, job) if items else 0
    body = {"of": public("job", source.id), "items": copied}
    record(session, JOB_DUPLICATED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return job


def _copy_items(session: Session, actor: Actor, source: Job, job: Job) -> int:
    session.execute(text(f"SET LOCAL statement_timeout = '{UPLOAD_TIMEOUT_SECONDS}s'"))
    values = {"source_id": source.id, "job_id": job.id}
    session.execute(_SQL.copy_items, values)
    _refuse_purged(session, source, job)
    session.execute(_SQL.fetch_again, {"job_id": job.id, "organization_id": job.organization_id})
    counts = session.execute(_SQL.count_copied, values).all()
    rates_of(session, job.id)  # the counts changed behind the session's back
    if not counts:
        return 0
    rates = {
        code: {"first": 1, "last": count, "digest": items_digest(session, job.id, code, 1, count).hex()}
        for code, count in counts
    }
    copied = sum(int(count) for _, count in counts)
    body = {"added": copied, "skipped": 0, "refused": 0, "rates": rates}
    record(session, JOB_ITEMS_ADDED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return copied


def _refuse_purged(session: Session, source: Job, job: Job) -> None:
    """Nobody could see these items. Whoever purges their media meanwhile was waited for, or leaves it alone now."""
    purged = session.execute(_SQL.count_purged, {"job_id": job.id}).scalar_one()
    if purged:
        raise STATE_CONFLICT.error(
            f"{purged} item{'s name' if purged != 1 else ' names'} images that were purged after their retention; hand "
            "them in again first, or copy the job without its items.",
            noun="job",
            current=source.state,
        )
