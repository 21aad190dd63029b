"""Reads for reviewers and for those who decide disputes."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.work import holds
from marketplace.work.appealing import appeals_of
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.models import Answer, Batch, Claim, Review
from marketplace.work.parties import SIDES_OF_LATE, rejections_of
from marketplace.work.queries import hidden_from, load_claim
from marketplace.work.review_models import AnswerHold, Sampling, SamplingSeed
from marketplace.work.reviewing import reviewable_by
from marketplace.work.sampling import seed_digest
from marketplace.work.views import ClaimView, DisputeLine, DrawSummary


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Claims whose answers one may read for review: one's side's, what was held for it, all for staff who may read."""
    if actor.organization_kind == "platform" and actor.may("review.read"):
        return true()
    return or_(reviewable_by(actor), holds.readable_by(actor))


def review_view(session: Session, actor: Actor, claim_id: uuid.UUID) -> ClaimView:
    """One claim for its reviewer, with answers and how well they agree with others'; not_found for others."""
    actor.require("review.read")
    view = load_claim(session, readable_by(actor), claim_id, reviewer=actor)
    if not view.answers:
        raise NOT_FOUND.error("There is no claim with this id.", noun="claim")
    return view


def is_reviewed_by(session: Session, actor: Actor, claim_id: uuid.UUID) -> bool:
    """Whether the actor's side reviews the claim in the first place, not only what is held of it."""
    ours = (
        exists()
        .where(Claim.id == claim_id, Batch.id == Claim.batch_id, Contract.id == Batch.contract_id)
        .where(Job.id == Claim.job_id, reviewable_by(actor))
    )
    return bool(session.scalar(select(ours)))


def dispute_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Over Dispute: the worker's own, those against one's side, and all for staff who may read disputes."""
    if EVERYTHING in actor.permissions:
        return true()
    if actor.organization_id is None:
        return Dispute.opened_by_person_id == actor.person
    if actor.organization_kind == "platform":
        return true() if actor.may("dispute.read") else false()
    if not (actor.may("review.read") or actor.may("dispute.read")):
        return false()
    ours = actor.organization_id
    rejected_by_us = select(Review.answer_id).where(
        Review.reviewer_organization_id == ours, Review.verdict.in_(["reject", "redo"])
    )
    held_for_us = select(AnswerHold.answer_id).where(AnswerHold.held_by_organization_id == ours)
    late_for_us = SIDES_OF_LATE.where(
        Answer.id == Dispute.answer_id, or_(Job.organization_id == ours, Contract.seller_organization_id == ours)
    )
    return or_(
        Dispute.answer_id.in_(rejected_by_us),
        Dispute.answer_id.in_(held_for_us),
        late_for_us.correlate(Dispute).exists(),
    )


def disputes(
    session: Session,
    actor: Actor,
    *,
    waiting: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[DisputeLine]:
    """Disputes one may see, oldest first; with `waiting` only those still undecided, or appealed against."""
    wanted = _lines_of_disputes().where(dispute_visible_to(actor))
    if waiting:
        appealed = exists().where(Appeal.dispute_id == Dispute.id, Appeal.state == "open")
        wanted = wanted.where(or_(Dispute.state.in_(["open", "answered"]), appealed))
    page = paginate(session, wanted, keys=[Dispute.id], cursor=cursor, limit=limit)
    return Page(_lines(session, actor, page.data), page.next_cursor)


def get_dispute(session: Session, actor: Actor, dispute_id: uuid.UUID) -> DisputeLine:
    """One dispute that `disputes` would list; else not_found."""
    wanted = _lines_of_disputes().where(Dispute.id == dispute_id, dispute_visible_to(actor))
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no dispute with this id.", noun="dispute")
    return _lines(session, actor, [found])[0]


def _lines_of_disputes() -> Select[Dispute, Answer, Claim, Job]:
    return (
        select(Dispute, Answer, Claim, Job)
        .join(Answer, Answer.id == Dispute.answer_id)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Job, Job.id == Dispute.job_id)
    )


def _lines(session: Session, actor: Actor, rows: Sequence[Any]) -> list[DisputeLine]:
    rejections = rejections_of(session, [answer.id for _, answer, _, _ in rows])
    appeals = appeals_of(session, [dispute.id for dispute, _, _, _ in rows])
    return [
        DisputeLine(
            dispute,
            answer,
            claim,
            job,
            rejections.get(answer.id),
            hidden_from(actor, job, answer),
            appeals.get(dispute.id),
        )
        for dispute, answer, claim, job in rows
    ]


def draw_summary(session: Session, actor: Actor, job_id: uuid.UUID) -> DrawSummary:
    """What was drawn for review of a job; not_found for one that has every answer reviewed.

    The secret is told once the job is settled, when nobody can be steered by it any more; the platform's auditor may
    read it at any time.
    """
    job = job_queries.get_job(session, actor, job_id)
    seed = session.get(SamplingSeed, job.id)
    if seed is None:
        raise NOT_FOUND.error("No answers of this job were drawn for review.", noun="job")
    looked_at = select(func.coalesce(func.sum(Sampling.answers), 0)).where(Sampling.job_id == job.id)
    why = func.jsonb_each_text(Sampling.drawn).table_valued("key", "value", name="why")
    drawn = select(why.c.value, func.count()).select_from(Sampling).join(why, true()).where(Sampling.job_id == job.id)
    told = job.state in {"settled", "archived"} or (actor.organization_kind == "platform" and actor.may("audit.read"))
    return DrawSummary(
        job_id=job.id,
        seed_digest=seed_digest(seed),
        seed=seed.seed.hex() if told else None,
        answers=int(session.execute(looked_at).scalar_one()),
        drawn={reason: int(count) for reason, count in session.execute(drawn.group_by(why.c.value)).all()},
    )
