"""Find tasks, look at one kind of task, claim it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity import skills
from marketplace.identity.models import Worker
from marketplace.identity.queries import organization_names
from marketplace.identity.values import languages
from marketplace.jobs import queries as job_queries
from marketplace.jobs.labels import KINDS
from marketplace.jobs.models import Job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.protection.clients import client_records
from marketplace.provenance.chains import planned_chain
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.guard import guarded
from marketplace.web.saying import names_in
from marketplace.work import claiming, finding, practising
from marketplace.work.errors import NOTHING_TO_CLAIM
from marketplace.work.noticing import notices_of
from marketplace.work.pay_figures import expected_pay
from workers_portal.filters import FILTERS, read_wanted
from workers_portal.pages import blueprint


@blueprint.get("/tasks")
@guarded("work.find")
def tasks() -> ResponseReturnValue:
    """The tasks that are open to the worker now, by what they look for."""
    session, actor, refusal = request_session(), current_actor(), None
    wanted = finding.EVERYTHING_OPEN
    try:
        wanted = read_wanted(request.args)
    except DomainError as error:
        refusal = error
    page = finding.open_batches(session, actor, wanted, cursor=request.args.get("cursor"))
    known = session.get_one(Worker, actor.person).languages
    shown = render_template(
        "work/tasks.html",
        page=page,
        hourly=expected_pay(session, page.data),
        clients=client_records(session, page.data),
        paydays=finding.paydays(session, actor, page.data),
        wanted=wanted,
        problem=refusal,
        given={name: value for name in FILTERS if (value := request.args.getlist(name)) and any(value)},
        kinds=list(KINDS),
        skills=[granted.skill for granted in skills.own_grants(session, actor).data if granted.state == "live"],
        languages=names_in("languages", {code: languages().get(code, code) for code in known}),
        more_without_filters=not page.data and wanted.is_narrow and _any_open(),
    )
    return shown, 200 if refusal is None else 400


def _any_open() -> bool:
    return bool(finding.open_batches(request_session(), current_actor(), limit=1).data)


@blueprint.get("/tasks/<batch_id>")
@guarded("work.find")
def task_kind(batch_id: str) -> ResponseReturnValue:
    """What is asked, by which rules, for how much, paid when."""
    session, actor = request_session(), current_actor()
    batch = finding.open_batch(session, actor, parse("batch", batch_id))
    job = session.get_one(Job, batch.job_id)
    price, parts = planned_chain(session, actor, batch.id)
    learnt = practising.practice(session, job.id)
    classes = job.label_schema.get("classes", [])
    return render_template(
        "work/task_kind.html",
        batch=batch,
        hourly=expected_pay(session, [batch]),
        client=client_records(session, [batch])[batch.id],
        notices=notices_of(session, batch.id),
        job=job,
        guideline=job_queries.guideline_of(session, job.id, job.guideline_version),
        paydays=finding.paydays(session, actor, [batch])[batch.id],
        price=price,
        parts=parts,
        names=organization_names(session, {part.organization_id for part in parts if part.organization_id is not None}),
        examples=[(one, draw(one.item, one.expected, classes, actor)) for one in learnt if one.is_example],
        practice_count=sum(not one.is_example for one in learnt),
    )


@blueprint.post("/tasks/<batch_id>/claim")
@guarded("work.claim")
def claim_next(batch_id: str) -> ResponseReturnValue:
    """Take the next task of this kind."""
    try:
        with request_session().begin_nested():
            taken = claiming.claim_next(
                request_session(),
                current_actor(),
                parse("batch", batch_id),
                held_max=get_context().settings.claims_held_max,
            )
    except DomainError as error:
        if error.spec is not NOTHING_TO_CLAIM:
            raise
        flash(_("Every task of this kind is taken at the moment. Here is what is open now."), "waiting")
        return redirect(url_for("work.tasks"), 303)
    return redirect(url_for("work.workbench", claim_id=public("claim", taken.id), number=1), 303)
