"""Making what an import plans: a draft job with its items, or more items of a draft that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.intake.errors import IMPORT_MISMATCH, IMPORT_REFUSED
from marketplace.intake.imports.plan import Findings, Plan
from marketplace.intake.uploads import Receipt, begin_upload, note_added
from marketplace.jobs.authoring import FEE_PPM_DEFAULT, create_job
from marketplace.jobs.drafts import JobDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import AddResult, OnError, add_items
from marketplace.jobs.models import Job
from marketplace.jobs.queries import own_job
from marketplace.kernel.actor import Actor


def planned(plan: Plan | None, findings: Findings) -> Plan:
    """The plan; raises import_refused with every element that cannot be mapped."""
    if plan is None:
        count = len(findings.errors)
        detail = f"{count} thing{'s' if count != 1 else ''} cannot be mapped; nothing was made."
        raise IMPORT_REFUSED.error(detail, errors=findings.errors)
    return plan


def make_job(
    session: Session, actor: Actor, plan: Plan, wanted: Mapping[str, Any], *, fee_ppm: int = FEE_PPM_DEFAULT
) -> Job:
    """A draft job of the plan, with prices and caps as `wanted` (fields of JobDraft); its title and instructions are
    the plan's unless wanted otherwise. Raises invalid with every field error.
    """
    found = {"title": plan.title, "instructions": plan.instructions, **wanted}
    draft = JobDraft(kind=plan.kind, label_schema=dict(plan.label_schema), **found)
    return create_job(session, actor, draft, fee_ppm=fee_ppm)


def same_job(session: Session, actor: Actor, plan: Plan, job_id: UUID) -> Job:
    """A job of the actor's that asks what the plan asks; raises not_found, import_mismatch."""
    actor.require("job.write")
    job = own_job(session, actor, job_id)
    if job.kind != plan.kind or job.label_schema != plan.label_schema:
        raise IMPORT_MISMATCH.error(
            f"The job is {job.kind} with another label schema than what was handed in.",
            kind=plan.kind,
            label_schema=dict(plan.label_schema),
        )
    return job


def fill(
    session: Session,
    actor: Actor,
    job: Job,
    rows: Iterable[ItemRow],
    *,
    form: str,
    on_error: OnError,
    receipt: Receipt,
    into: AddResult,
) -> UUID:
    """Add the rows as items, and leave a report of it, all in this transaction; returns the upload's id.

    Raises what `add_items` raises, and csv_refused.
    """
    upload = begin_upload(session, actor, job.id, form=form, packed=False, on_error=on_error)
    add_items(session, actor, job.id, rows, on_error=on_error, into=into)
    note_added(session, upload.id, receipt, into)
    return upload.id
