"""Jobs: what was posted, how far it is, where its money stands, and the client's moves on it."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import floors
from marketplace.console.reads import job_money
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import list_contracts
from marketplace.identity.pseudonyms import pseudonym
from marketplace.identity.queries import organization_names
from marketplace.jobs.models import Job
from marketplace.jobs.queries import get_job, guideline_of, list_jobs, rates_of, sees_caps
from marketplace.jobs.running import archive_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.ledger import balances
from marketplace.ledger.recipes import accounts
from marketplace.lifecycle.cancelling import cancel_job, close_job
from marketplace.lifecycle.costs import preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.publishing import publish_job
from marketplace.provenance.margins import job_margins
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.quality_queries import job_quality
from marketplace.work.results import progress

MOVES: Final[dict[str, Callable[[Session, Actor, UUID], Job]]] = {
    "publish": publish_job,
    "pause": pause_job,
    "resume": resume_job,
    "close": close_job,
    "cancel": cancel_job,
    "archive": archive_job,
}
MOVES_FROM: Final = {
    "draft": ("cancel",),
    "funded": ("publish", "cancel"),
    "open": ("pause", "close", "cancel"),
    "paused": ("resume", "cancel"),
    "settled": ("archive",),
}


@blueprint.get("/jobs")
@guarded("job.read")
def jobs() -> ResponseReturnValue:
    """The jobs one takes part in, newest first; archived ones with `?archived=1`."""
    session = request_session()
    archived = request.args.get("archived") == "1"
    page = list_jobs(session, current_actor(), archived=archived, cursor=request.args.get("cursor"))
    names = organization_names(session, [job.organization_id for job in page.data])
    return render_template("console/jobs.html", page=page, names=names, archived=archived)


@blueprint.get("/jobs/<job>")
@guarded("job.read")
def job(job: str) -> ResponseReturnValue:
    """One job."""
    return _page(job, Form())


@blueprint.post("/jobs/<job>/fund")
@guarded("job.fund")
def fund(job: str) -> ResponseReturnValue:
    """Tie a part of the deposit to the job."""
    session, actor = request_session(), current_actor()
    row = get_job(session, actor, parse("job", job))
    form = Form(request.form.to_dict())
    with form.refusals():
        fund_job(session, actor, row.id, Money.parse(form.value("amount").strip(), row.currency, pointer="/amount"))
    if not form.valid:
        return _page(job, form)
    return went_well(_("Funded. Tasks that this covers can be claimed."), "console.job", job=job)


@blueprint.post("/jobs/<job>/<any(publish, pause, resume, close, cancel, archive):move>")
@guarded("job.write")
def move_job(job: str, move: str) -> ResponseReturnValue:
    """Publish, pause, resume, close, cancel or archive."""
    form = Form(request.form.to_dict())
    with form.refusals():
        MOVES[move](request_session(), current_actor(), parse("job", job))
    if not form.valid:
        return _page(job, form)
    return went_well(_("Done."), "console.job", job=job)


def _page(job: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = get_job(session, actor, parse("job", job))
    inside = row.organization_id == actor.organization_id or actor.organization_kind == "platform"
    contracts = list_contracts(session, actor, job_id=row.id, limit=200).data if actor.may("contract.read") else []
    parties = {row.organization_id}.union(
        *({one.seller_organization_id, one.buyer_organization_id} for one in contracts)
    )
    page = render_template(
        "console/job.html",
        job=row,
        rates=rates_of(session, row.id),
        floors=floors(row),
        guideline=guideline_of(session, row.id, row.guideline_version),
        **_quality(row, contracts),
        progress=progress(session, actor, row.id) if inside and actor.may("task.read") else None,
        money=job_money(session, row) if inside else None,
        costs=preview(session, row) if inside else None,
        margins=job_margins(session, actor, row.id) if inside and actor.may("margin.read") else None,
        contracts=_tree(contracts),
        sees_caps=sees_caps(actor, row),
        names=organization_names(session, parties),
        form=form,
        moves=MOVES_FROM.get(row.state, ()) if actor.may("job.write") else (),
        is_client=row.organization_id == actor.organization_id,
        deposit=_deposit_balance(row) if actor.may("job.fund") else None,
    )
    return page, 200 if form.valid else 422


def _tree(contracts: list[Contract]) -> list[Contract]:
    """Each contract followed by those below it."""
    below: dict[UUID | None, list[Contract]] = {}
    known = {one.id for one in contracts}
    for one in reversed(contracts):
        below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    ordered: list[Contract] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        one = waiting.pop()
        ordered.append(one)
        waiting.extend(reversed(below.get(one.id, [])))
    return ordered


def _deposit_balance(row: Job) -> Money:
    return balances.balance(request_session(), accounts.client_deposits(row.organization_id, row.currency))


def _quality(job: Job, contracts: Sequence[Contract]) -> dict[str, Any]:
    """What the table of quality needs, with the names that sellers and workers have in it."""
    session, actor = request_session(), current_actor()
    if not actor.may("task.read"):
        return {}
    found = job_quality(session, actor, job.id)
    names = organization_names(session, [one.seller_organization_id for one in contracts])
    secret = get_context().secret_key.encode()
    return {
        "quality": found,
        "sellers": {one.id: names.get(one.seller_organization_id, "") for one in contracts},
        "pseudonyms": {
            line.worker_id: pseudonym(secret, job.id, line.worker_id) for line in found.workers if line.worker_id
        },
    }
