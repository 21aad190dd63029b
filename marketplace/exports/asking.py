"""Asking for an export."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.exports.errors import EXPORT_REFUSED
from marketplace.exports.events import EXPORT_REQUESTED
from marketplace.exports.formats import FORMATS, Format
from marketplace.exports.models import Export
from marketplace.jobs.models import Job
from marketplace.jobs.queries import get_job, own_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.operations.starting import start
from marketplace.provenance.statements import Month

KIND = "export"


def request_export(
    session: Session,
    actor: Actor,
    *,
    format_name: str,
    job_id: UUID | None = None,
    answers: str = "used",
    month: Month | None = None,
) -> Export:
    """Ask for a file; an operation makes it. `answers` is "used" or "not_used": paid for, but not used.

    `month` is of the books; None is all of them.

    Needs export.create and the format's own permission. Raises forbidden, not_found for a job that is not theirs to
    export, export_refused, operations_too_many.
    """
    actor.require("export.create")
    wanted = FORMATS.get(format_name)
    if wanted is None:
        raise _refused("/format", "unknown_choice", f"One of {', '.join(FORMATS)}.")
    actor.require(wanted.permission)
    job = job_for(session, actor, wanted, job_id)
    if wanted.kinds is not None and job is not None and job.kind not in wanted.kinds:
        raise _refused("/format", "kind_unfit", f"{wanted.name} exists for {', '.join(sorted(wanted.kinds))} only.")
    if answers not in {"used", "not_used"} or (answers == "not_used" and not wanted.not_used):
        raise _refused("/answers", "unknown_choice", f"{wanted.name} holds answers that are used.")
    if month is not None and not wanted.monthly:
        raise _refused("/month", "not_allowed", f"{wanted.name} is not of one month.")
    export = Export(
        id=new_id(),
        organization_id=actor.organization,
        format=wanted.name,
        job_id=job_id,
        answers=answers,
        month=None if month is None else month.first,
    )
    operation = start(session, actor, kind=KIND, subject=("export", export.id), parameters={"format": wanted.name})
    export.operation_id = operation.id
    session.add(export)
    session.flush()
    body = {
        "format": wanted.name,
        "job": None if job_id is None else public("job", job_id),
        "month": None if month is None else str(month),
        "operation": public("operation", operation.id),
    }
    record(
        session, EXPORT_REQUESTED, actor, subject=("export", export.id), organizations=[actor.organization], body=body
    )
    return export


def job_for(session: Session, actor: Actor, wanted: Format, job_id: UUID | None) -> Job | None:
    """The job of an export, if its format has one; raises export_refused, not_found."""
    if wanted.of_job is None:
        if job_id is not None:
            raise _refused("/job_id", "not_allowed", f"{wanted.name} is of all jobs together.")
        return None
    if job_id is None:
        raise _refused("/job_id", "required", f"{wanted.name} is of one job; name it.")
    return own_job(session, actor, job_id) if wanted.of_job == "own" else get_job(session, actor, job_id)


def _refused(pointer: str, code: str, message: str) -> DomainError:
    return EXPORT_REFUSED.error(message, errors=[FieldError(pointer, code, message)])
