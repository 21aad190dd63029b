"""The examples and practice items of a job, which workers see before they claim."""

import json
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.jobs import practice as keeping
from marketplace.jobs.labels import KINDS
from marketplace.jobs.practice import PracticeRow
from marketplace.jobs.queries import get_job
from marketplace.jobs.states import GROWING
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.practising import practice


@blueprint.get("/jobs/<job>/practice")
@guarded("job.read")
def job_practice(job: str) -> ResponseReturnValue:
    """What workers see and try before they claim."""
    return _page(job, Form())


@blueprint.post("/jobs/<job>/practice")
@guarded("job.write")
def add_practice(job: str) -> ResponseReturnValue:
    """Add one item."""
    form = Form(request.form.to_dict())
    with form.refusals():
        row = PracticeRow(
            form.value("external_id").strip(),
            _written(form, "content"),
            _written(form, "expected"),
            form.value("explanation").replace("\r\n", "\n"),
            is_example=form.value("is_example") == "true",
        )
        keeping.add_practice(request_session(), current_actor(), parse("job", job), [row])
    return _page(job, form) if not form.valid else went_well(_("Added."), "console.job_practice", job=job)


@blueprint.post("/jobs/<job>/practice/<item>/remove")
@guarded("job.write")
def remove_practice(job: str, item: str) -> ResponseReturnValue:
    """Take one item away."""
    keeping.remove_practice(request_session(), current_actor(), parse("item", item))
    return went_well(_("Taken away."), "console.job_practice", job=job)


def _written(form: Form, name: str) -> dict[str, Any]:
    try:
        value = json.loads(form.value(name))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        message = "This takes a JSON object."
        raise INVALID.error(message, errors=[FieldError(f"/items/0/{name}", "not_an_object", message)])
    return value


def _page(job: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = get_job(session, actor, parse("job", job))
    classes = row.label_schema.get("classes", [])
    is_client = row.organization_id == actor.organization_id
    page = render_template(
        "console/practice.html",
        job=row,
        items=[(one, draw(one.item, one.expected, classes, actor)) for one in practice(session, row.id)],
        form=form,
        model=KINDS[row.kind].EXAMPLE,
        may_add=is_client and actor.may("job.write") and row.state in GROWING and row.kind != "external",
        may_remove=is_client and actor.may("job.write"),
    )
    return page, 200 if form.valid else 422
