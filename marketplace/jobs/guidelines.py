"""Versions of the rules that reviews may cite."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.jobs.drafts import GuidelineDraft, guideline_errors
from marketplace.jobs.events import JOB_GUIDELINE_ADDED
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Guideline, Job
from marketplace.jobs.queries import own_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import INVALID, STALE, STATE_CONFLICT

_OPEN_TO_RULES = frozenset({"draft", "funded", "open", "paused"})


def add_version(
    session: Session, actor: Actor, job_id: UUID, guideline: GuidelineDraft, *, version: int | None = None
) -> Guideline:
    """Add the next version; claims made before keep the one they were made under.

    `version` is the one the author read, 0 for none: another newest one is stale. Raises
    not_found, stale, state_conflict, invalid.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    errors = list(guideline_errors(guideline))
    if errors:
        raise INVALID.error("The guideline cannot be added like this.", errors=errors)
    # The lock gives versions their order: two authors at once would both write the same number.
    job = lock_job(session, job_id)
    if job.state not in _OPEN_TO_RULES:
        raise STATE_CONFLICT.error(f"This job is {job.state}; its guideline stands.", noun="job", current=job.state)
    if version is not None and version != job.guideline_version:
        raise STALE.error(f"The guideline is at version {job.guideline_version}, not {version}.")
    return write_version(session, actor, job, guideline)


def write_version(session: Session, actor: Actor, job: Job, guideline: GuidelineDraft) -> Guideline:
    """Write a valid guideline as the job's next version; the caller holds the job's lock or made the job."""
    rules = [{"id": rule_id, "text": text} for rule_id, text in guideline.rules]
    row = Guideline(job_id=job.id, version=job.guideline_version + 1, text=guideline.text, rules=rules)
    session.add(row)
    job.guideline_version = row.version
    session.flush()
    digest = hashlib.sha256(canonical_bytes({"text": row.text, "rules": rules})).hexdigest()
    body = {"version": row.version, "digest": digest, "rules": [rule_id for rule_id, _ in guideline.rules]}
    readers = [job.organization_id]
    record(session, JOB_GUIDELINE_ADDED, actor, subject=("job", job.id), organizations=readers, body=body)
    return row
