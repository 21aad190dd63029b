"""What a client should know before a job is published, though nothing forbids it."""

import uuid
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.identity.models import Membership
from marketplace.jobs.models import Job
from marketplace.jobs.queries import guideline_of


@dataclass(frozen=True, slots=True)
class JobWarning:
    """One thing that may not be meant so."""

    code: str
    message: str


def warnings_of(session: Session, job: Job) -> list[JobWarning]:
    """What may not be meant so in a job, published or not."""
    found = []
    guideline = guideline_of(session, job.id, job.guideline_version)
    if guideline is None or not guideline.rules:
        message = "The guideline has no rules, so no answer can be rejected: a rejection cites one."
        found.append(JobWarning("no_rules", message))
    if job.acceptance_by == "client" and not _has_reviewer(session, job.organization_id):
        message = (
            "Your organization decides on the answers and nobody in it is a reviewer: each is accepted by itself "
            f"{job.auto_accept_seconds} seconds after it came."
        )
        found.append(JobWarning("no_reviewer", message))
    return found


def _has_reviewer(session: Session, organization_id: uuid.UUID) -> bool:
    wanted = exists().where(Membership.organization_id == organization_id, Membership.role == "reviewer")
    return bool(session.scalar(select(wanted)))
