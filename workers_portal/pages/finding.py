"""Find tasks, look at one kind of task, claim it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import market_now
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.work import claiming, queries
from marketplace.work.errors import NOTHING_TO_CLAIM
from marketplace.work.pay_figures import expected_pay
from workers_portal.pages import blueprint


@blueprint.get("/tasks")
@guarded("work.find")
def tasks() -> ResponseReturnValue:
    """Kinds of tasks that are open now."""
    session = request_session()
    page = queries.open_batches(session, current_actor(), cursor=request.args.get("cursor"))
    hourly = expected_pay(session, page.data)
    return render_template("work/tasks.html", page=page, hourly=hourly, today=market_now(session).date())


@blueprint.get("/tasks/<batch_id>")
@guarded("work.find")
def task_kind(batch_id: str) -> ResponseReturnValue:
    """What is asked, by which rules, for how much, paid when."""
    session = request_session()
    batch = queries.open_batch(session, current_actor(), parse("batch", batch_id))
    job = session.get_one(Job, batch.job_id)
    return render_template(
        "work/task_kind.html",
        batch=batch,
        hourly=expected_pay(session, [batch]),
        job=job,
        guideline=job_queries.guideline_of(session, job.id, job.guideline_version),
        today=market_now(session).date(),
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
