"""Reads for workers, and the one row-level rule of claims. Reviewers' reads are in `review_queries`, clients' in
`results`.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import say
from marketplace.quality.agreement import agreement
from marketplace.work import corrections, holds, masking
from marketplace.work.claiming import claim_items
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.models import Answer, Batch, Claim, Review, Task
from marketplace.work.review_events import CONTEST_FOR
from marketplace.work.views import AnswerView, ClaimLine, ClaimView

_STATEMENTS = load(__file__, "queries.sql")


def my_claims(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[ClaimLine]:
    """The acting worker's claims, newest first."""
    actor.require("work.read")
    wanted = select(Claim, Batch, Job).join(Batch, Batch.id == Claim.batch_id).join(Job, Job.id == Claim.job_id)
    wanted = wanted.where(Claim.worker_id == actor.person)
    if states:
        wanted = wanted.where(Claim.state.in_(states))
    page = paginate(session, wanted, keys=[Claim.id], cursor=cursor, limit=limit, descending=True)
    return Page([ClaimLine(claim, batch, job) for claim, batch, job in page.data], page.next_cursor)


def claim_view(session: Session, actor: Actor, claim_id: uuid.UUID) -> ClaimView:
    """One claim of the acting worker, with items, answers, verdicts and disputes; not_found for others'."""
    actor.require("work.read")
    view = load_claim(session, Claim.worker_id == actor.person, claim_id)
    return view if view.claim.shown_count is None else masking.masked_view(session, view)


def load_claim(
    session: Session, allowed: ColumnElement[bool], claim_id: uuid.UUID, *, reviewer: Actor | None = None
) -> ClaimView:
    """A claim under a row-level rule over Claim, Batch, Contract and Job.

    For a `reviewer` the answers are also compared with others', and what that reader may not see is hidden.
    """
    wanted = (
        select(Claim, Batch, Job, Task.ordinals)
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Claim.job_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.id == claim_id, allowed)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NOT_FOUND.error(say("There is no claim with this id."), noun="claim")
    claim, batch, job, _ = row
    items = claim_items(session.execute(_STATEMENTS.items_of_task, {"task_id": claim.task_id}).scalar_one())
    left = None
    if claim.lease_until is not None:
        left = max(0, int((claim.lease_until - market_now(session)).total_seconds()))
    return ClaimView(
        claim=claim,
        batch=batch,
        job=job,
        guideline=job_queries.guideline_of(session, job.id, claim.guideline_version),
        items=items,
        answers=_answers(session, claim.id, job, reviewer),
        seconds_left=left,
        auto_accept_at=ClaimLine(claim, batch, job).auto_accept_at,
    )


def hidden_from(actor: Actor, job: Job, answer: Answer) -> bool:
    """Whether the client of the job reads, and the answer was finally rejected (rule 7: no data without pay)."""
    return answer.state == "rejection_final" and actor.organization_id == job.organization_id


def _answers(session: Session, claim_id: uuid.UUID, job: Job, reviewer: Actor | None) -> dict[uuid.UUID, AnswerView]:
    answers = session.scalars(select(Answer).where(Answer.claim_id == claim_id).order_by(Answer.ordinal)).all()
    ids = [answer.id for answer in answers]
    held = any(answer.state == "held" for answer in answers)
    open_holds = holds.open_on(session, claim_id) if held else {}
    corrected = corrections.of_answers(session, ids)
    reviews: dict[uuid.UUID, list[Review]] = defaultdict(list)
    if ids:
        for review in session.scalars(
            select(Review).where(Review.answer_id.in_(ids)).order_by(Review.created_at, Review.id)
        ):
            reviews[review.answer_id].append(review)
    disputes = {d.answer_id: d for d in session.scalars(select(Dispute).where(Dispute.answer_id.in_(ids)))}
    appealed = select(Dispute.answer_id, Appeal).join(Dispute, Dispute.id == Appeal.dispute_id)
    rows = session.execute(appealed.where(Dispute.answer_id.in_(disputes))) if disputes else ()
    appeals = dict(iter(rows))
    agreements = agreement_of_items(session, [a.item_id for a in answers]) if reviewer is not None else {}
    views = {
        answer.item_id: AnswerView(
            answer,
            reviews[answer.id],
            disputes.get(answer.id),
            agreements.get(answer.item_id),
            hidden=reviewer is not None and hidden_from(reviewer, job, answer),
            hold=open_holds.get(answer.id),
            correction=corrected.get(answer.id),
            appeal=appeals.get(answer.id),
        )
        for answer in answers
    }
    if reviewer is not None and job.review.blind and reviewer.may("review.decide"):
        return {item_id: _blinded(view, reviewer) for item_id, view in views.items()}
    return views


def _blinded(view: AnswerView, reviewer: Actor) -> AnswerView:
    """What a reviewer sees of an answer in a blind job: until it is decided neither what others said nor agreement."""
    if view.answer.state not in {"submitted", "held", "redo_requested"}:
        return view
    own = [review for review in view.reviews if review.reviewer_person_id in {None, reviewer.person_id}]
    return replace(view, reviews=own, agreement=None, hold=None)


def agreement_of_items(session: Session, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, float | None]:
    """How well all standing answers to each item agree; rejected and lapsed ones do not count."""
    return {item_id: agreement(contents) for item_id, contents in peer_contents(session, item_ids).items()}


def peer_contents(session: Session, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """The contents of the standing answers to each item, oldest first, as the workers gave them."""
    standing = Answer.state.in_(["accepted", "accepted_on_appeal", "submitted"])
    wanted = select(Answer.item_id, Answer.content).where(Answer.item_id.in_(item_ids), standing).order_by(Answer.id)
    contents: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for item_id, content in session.execute(wanted):
        contents[item_id].append(content)
    return contents


def own_answer(session: Session, actor: Actor, answer_id: uuid.UUID) -> Answer:
    """An answer of the acting worker; raises not_found for anybody else's."""
    wanted = select(Answer).join(Claim, Claim.id == Answer.claim_id)
    answer = session.scalars(wanted.where(Answer.id == answer_id, Claim.worker_id == actor.person)).one_or_none()
    answer = answer or masking.own_gold_answer(session, actor.person, answer_id)
    if answer is None:
        raise NOT_FOUND.error(say("There is no answer with this id."), noun="answer")
    return answer


def batches(
    session: Session,
    actor: Actor,
    *,
    contract_id: uuid.UUID | None = None,
    job_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Batch]:
    """Batches that the actor's organization opened, or, for the platform's staff, all; in the order of opening."""
    wanted = select(Batch).join(Contract, Contract.id == Batch.contract_id).where(batch_visible_to(actor))
    if contract_id is not None:
        wanted = wanted.where(Batch.contract_id == contract_id)
    if job_id is not None:
        wanted = wanted.where(Batch.job_id == job_id)
    return paginate(session, wanted, keys=[Batch.opened_sequence], cursor=cursor, limit=limit)


def batch_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Over Batch joined with Contract: who sees a batch with its pay. Layers above do not: it is another's price."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("task.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true()
    return Contract.seller_organization_id == actor.organization_id


def answer_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Over Answer joined with Claim, Batch, Contract and Job: whose answers one may know of, content apart.

    The worker's own; those of jobs of one's own organization; those of a contract one bought or sold; the staff's.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if actor.organization_id is None:
        return Claim.worker_id == actor.person
    if actor.organization_kind == "platform":
        return true()
    ours = actor.organization_id
    return or_(
        Job.organization_id == ours, Contract.seller_organization_id == ours, Contract.buyer_organization_id == ours
    )


def all_seats_done(session: Session, job_id: uuid.UUID) -> bool:
    """Whether nothing of the job's tasks is open, held, waiting for review, or still contestable or contested."""
    unfinished = (
        select(Batch.id).where(Batch.job_id == job_id, Batch.state == "open").limit(1),
        select(Task.id)
        .join(Batch, Batch.id == Task.batch_id)
        .where(Batch.job_id == job_id, Batch.state == "withdrawn", Task.state == "open")
        .limit(1),
        select(Answer.id)
        .where(
            Answer.job_id == job_id,
            Answer.state.in_(["submitted", "held", "redo_requested", "rejected", "lapsed"]),
        )
        .limit(1),
        select(Claim.id)
        .join(Job, Job.id == Claim.job_id)
        .where(Claim.job_id == job_id, Claim.state == "expired", Job.late_answers_max > 0)
        .where(Claim.kept_at > market_now(session) - CONTEST_FOR)
        .limit(1),
    )
    return all(session.scalar(query) is None for query in unfinished)
