"""Imports from other tools: a draft job with its items, or more items of one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from flask import request

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.resources.jobs import parts
from client_api.schemas.imports import ImportQuery, ImportView, LabelStudioInput, MturkInput
from client_api.views import With
from marketplace.intake.imports.html_template import read_template
from marketplace.intake.imports.label_studio import task_rows
from marketplace.intake.imports.labeling_config import read_config
from marketplace.intake.imports.making import fill, make_job, planned, same_job
from marketplace.intake.imports.mturk import batch_rows
from marketplace.intake.imports.plan import Columns, Findings, Plan
from marketplace.intake.uploads import Receipt
from marketplace.jobs.errors import ITEMS_REFUSED
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import AddResult
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.web.context import get_context

BODY_BYTES: Final = 50_000_000
_JOB: Final = {
    "currency": "CNY",
    "rates": [{"code": "standard", "price": {"amount": "0.90", "currency": "CNY"}}],
}
LABEL_STUDIO_EXAMPLE: Final = {
    "job": _JOB,
    "config": '<View><Header value="Draw a box around every car."/><Image name="image" value="$image"/>'
    '<RectangleLabels name="box" toName="image"><Label value="car"/></RectangleLabels></View>',
    "tasks": [{"id": 17, "data": {"image": "https://images.example.org/17.jpg"}}],
}
MTURK_EXAMPLE: Final = {
    "job": _JOB,
    "template": '<crowd-form><crowd-classifier name="mood" categories="[\'good\', \'bad\']" header="The mood">'
    "<classification-target>${text}</classification-target>"
    "<full-instructions>Choose what the writer feels.</full-instructions></crowd-classifier></crowd-form>",
    "batch": 'id,text\r\nn-1,"Fine weather."\r\nn-2,"Rain again."\r\n',
    "mapping": {"external_id": "id"},
}

imports = Theme("imports", "Projects of Label Studio and batches of MTurk, taken over as draft jobs with their items.")


@imports.operation(
    "POST",
    "/imports/label-studio",
    permission="job.write",
    body=LabelStudioInput,
    query=ImportQuery,
    example=LABEL_STUDIO_EXAMPLE,
    returns=ImportView,
    idempotent=True,
    body_bytes=BODY_BYTES,
    refusals=[404],
)
def import_label_studio(query: dict[str, Any], body: dict[str, Any]) -> With:
    """Import tasks of Label Studio as a new draft job, or into one that asks the same.

    `RectangleLabels` on an `Image` become boxes on images, `Choices` on a `Text` classes of texts, predictions
    pre-labels. What cannot be mapped is refused with the element or the task that it stands in.
    """
    findings, columns = Findings("/config"), _columns(body)
    if "config" in body:
        plan = planned(read_config(body["config"], findings), findings)
    else:
        plan = Plan(kind=body["kind"], label_schema=body["label_schema"], content_field=columns.content)
    return _import(query, body, plan, task_rows(body["tasks"], plan, columns), "label_studio")


@imports.operation(
    "POST",
    "/imports/mturk",
    permission="job.write",
    body=MturkInput,
    query=ImportQuery,
    example=MTURK_EXAMPLE,
    returns=ImportView,
    idempotent=True,
    body_bytes=BODY_BYTES,
    refusals=[404],
)
def import_mturk(query: dict[str, Any], body: dict[str, Any]) -> With:
    """Import a batch of MTurk as a new draft job, or into one that asks the same.

    `crowd-classifier`, radio buttons or a select become classes of texts, `crowd-bounding-box` boxes on images; the
    text of the template becomes the instructions. What cannot be mapped is refused by name.
    """
    findings = Findings("/template")
    plan = planned(read_template(body["template"], findings), findings)
    return _import(query, body, plan, batch_rows(body["batch"], plan, _columns(body)), "mturk")


def _columns(body: dict[str, Any]) -> Columns:
    mapping = dict(body.get("mapping", {}))
    return Columns(ignored=frozenset(mapping.pop("ignore", ())), **mapping)


def _place(form: str, pointer: str) -> str:
    """Where in the body a row stands: a batch of MTurk is one text, whose lines the message names."""
    # What follows the number is a place in our item, which a task writes in its own way.
    return f"/tasks/{pointer.split('/')[1]}" if form == "label_studio" else "/batch"


def _import(query: dict[str, Any], body: dict[str, Any], plan: Plan, rows: Iterable[ItemRow], form: str) -> With:
    """Make it, or make it and take it back: a dry run finds what the real one would find."""
    dry_run, result = query["dry_run"], AddResult()
    trial = session().begin_nested()
    if "job_id" in body:
        job = same_job(session(), actor(), plan, body["job_id"])
    else:
        settings = get_context().settings
        wanted = {"inspection_days": settings.inspection_days, **parts(body["job"])}
        job = make_job(session(), actor(), plan, wanted, fee_ppm=settings.fee_ppm)
    sent = request.get_data()
    receipt = Receipt(len(sent), hashlib.sha256(sent).digest())
    try:
        upload_id = fill(
            session(), actor(), job, rows, form=form, on_error=query["on_error"], receipt=receipt, into=result
        )
    except DomainError as error:
        if error.spec is ITEMS_REFUSED:
            error.errors = tuple(FieldError(_place(form, e.pointer), e.code, e.message) for e in error.errors)
        raise
    seen = {
        "title": job.title,
        "kind": job.kind,
        "label_schema": job.label_schema,
        "instructions": job.instructions,
        "notes": plan.notes,
    }
    job_id: UUID | None = job.id
    if dry_run:
        trial.rollback()
        job_id = body.get("job_id")
    else:
        trial.commit()
    return With(result, dry_run=dry_run, job_id=job_id, upload_id=None if dry_run else upload_id, **seen)
