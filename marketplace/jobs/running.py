"""The states of a job from publication on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer, record
from marketplace.db.clock import market_now
from marketplace.jobs.authoring import terms_digest
from marketplace.jobs.events import JOB_MOVED, JOB_PUBLISHED
from marketplace.jobs.items import items_digest
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job, rates_of, standing_ordinals
from marketplace.jobs.states import JOB
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money, fee_floor


def move_job(session: Session, actor: Actor, job: Job, target: str) -> Job:
    """Move the job to another state if the table allows it; the caller holds the job's lock.

    Raises state_conflict naming what is allowed.
    """
    JOB.check(job.state, target)
    before, job.state = job.state, target
    if target == "settled":
        job.settled_at = market_now(session)
    job.version += 1
    session.flush()
    body = {"from": before, "to": target, "version": job.version}
    record(session, JOB_MOVED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return job


def open_job(session: Session, actor: Actor, job: Job) -> Job:
    """Fix the fee of every rate and open the job; the caller holds its lock and has checked its money.

    The fee is computed here, once, rounded down at ledger scale. Raises state_conflict, and
    invalid for a job without items.
    """
    JOB.check(job.state, "open")
    rates = rates_of(session, job.id)
    if not any(standing_ordinals(session, job.id).values()):
        raise INVALID.error(
            "A job without items cannot be published.",
            errors=[FieldError("/items", "required", "Add at least one item.")],
        )
    for rate in rates:
        rate.fee_amount = fee_floor(rate.price, job.fee_ppm).amount
        rate.item_count_published = rate.item_count
    job.published_at, job.redundancy_published = market_now(session), job.redundancy
    move_job(session, actor, job, "open")
    body = _published_body(session, job)
    record(session, JOB_PUBLISHED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return job


def _published_body(session: Session, job: Job) -> dict[str, Any]:
    """The job as it was published: items and redundancy may have grown since."""
    rates = {
        rate.code: {
            "price": rate.price.to_wire(),
            "fee": (rate.fee or Money.zero(rate.currency)).to_wire(),
            "items": rate.item_count_published,
            "digest": items_digest(session, job.id, rate.code, 1, rate.item_count_published or 0).hex(),
        }
        for rate in rates_of(session, job.id)
    }
    return {
        "rates": rates,
        "terms_digest": terms_digest(session, job, redundancy=job.redundancy_published),
    }


@recomputer(JOB_PUBLISHED)
def _recompute_published(session: Session, job_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    jobs = (session.get(Job, job_id) for job_id in job_ids)
    return {job.id: _published_body(session, job) for job in jobs if job is not None}


def pause_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Pause an open job: nothing new can be claimed, live claims go on."""
    return _move_own(session, actor, job_id, "paused")


def resume_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Open a paused job again."""
    actor.require("job.write")
    own_job(session, actor, job_id)
    job = lock_job(session, job_id)
    # From draft and funded the way to open is publication, with its fees and its root contract.
    if job.state != "paused":
        JOB.check(job.state, "paused")
    return move_job(session, actor, job, "open")


def close_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Let an open job run out: no new seats, what is claimed and submitted is finished and paid."""
    return _move_own(session, actor, job_id, "draining")


def archive_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Put a settled job away: lists leave it out unless they are asked for it. Nothing of it is removed."""
    return _move_own(session, actor, job_id, "archived")


def _move_own(session: Session, actor: Actor, job_id: UUID, target: str) -> Job:
    actor.require("job.write")
    own_job(session, actor, job_id)
    return move_job(session, actor, lock_job(session, job_id), target)
