"""Price chains: where the price of an answer goes, as the job's price visibility shows it to this reader."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from marketplace.console.blueprint import blueprint
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import visible_to as contract_visible_to
from marketplace.db.paging import Page, paginate
from marketplace.identity.queries import organization_names, person_names
from marketplace.jobs.models import Item, Job
from marketplace.jobs.queries import get_job
from marketplace.kernel.ids import parse
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.chains import answer_chain
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.web.log import bundle_file
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.queries import answer_visible_to
from marketplace.work.states import PAID_ANSWER


@blueprint.get("/jobs/<job>/chains")
@guarded("price_chain.read")
def job_chains(job: str) -> ResponseReturnValue:
    """The answers of a job, each a way to its chain; with `paid` those that were paid, optionally of one rate."""
    session, actor = request_session(), current_actor()
    row = get_job(session, actor, parse("job", job))
    statement = (
        select(Answer)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Answer.job_id)
        .where(Answer.job_id == row.id, answer_visible_to(actor))
    )
    if request.args.get("paid"):
        statement = statement.where(Answer.state.in_(PAID_ANSWER))
    if request.args.get("rate"):
        statement = statement.where(Batch.rate_code == request.args["rate"])
    page: Page[Answer] = paginate(
        session, statement, keys=[Answer.id], cursor=request.args.get("cursor"), descending=True
    )
    items = session.scalars(select(Item).where(Item.id.in_([answer.item_id for answer in page.data])))
    narrowed = {name: request.args[name] for name in ("paid", "rate") if request.args.get(name)}
    return render_template(
        "console/chains.html", job=row, page=page, items={item.id: item for item in items}, narrowed=narrowed
    )


@blueprint.get("/answers/<answer>/proof")
@guarded("price_chain.read")
def answer_proof(answer: str) -> ResponseReturnValue:
    """The proof of one answer's price chain, as a file to keep."""
    return bundle_file(current_actor(), Chosen([parse("answer", answer)]), answer)


@blueprint.get("/answers/<answer>/chain")
@guarded("price_chain.read")
def chain(answer: str) -> ResponseReturnValue:
    """One answer's price chain."""
    session, actor = request_session(), current_actor()
    view = answer_chain(session, actor, parse("answer", answer))
    worker_id = session.scalar(
        select(Claim.worker_id).join(Answer, Answer.claim_id == Claim.id).where(Answer.id == view.answer_id)
    )
    # Who the worker is concerns the platform and whoever opened the task, not the others in the chain.
    knows = actor.organization_kind == "platform" and worker_id is not None
    concerned = {one for origin in view.origins for one in (origin.set_by, origin.agreed_by) if one is not None}
    concerned |= {one.part.organization_id for one in view.parts if one.part.organization_id is not None}
    named = [origin.contract_id for origin in view.origins if origin.contract_id is not None]
    return render_template(
        "console/chain.html",
        view=view,
        job=session.get_one(Job, view.job_id),
        item=session.get_one(Item, view.item_id),
        names=organization_names(session, concerned),
        readable=set(session.scalars(select(Contract.id).where(Contract.id.in_(named), contract_visible_to(actor)))),
        worker=person_names(session, [worker_id]).get(worker_id) if knows and worker_id else None,
    )
