"""Reviewing: verdicts on submitted answers. States only; `settlement.accepting` calls this and books the money."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, case, false, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.work import breaker, corrections, holds, review_events
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.errors import HELD_FOR_ANOTHER, REDO_LIMIT, REJECTION_UNFOUNDED, REVIEW_OWN_ANSWER
from marketplace.work.freeing import settle_claims
from marketplace.work.models import Answer, Batch, Claim, Review
from marketplace.work.pace import lease_of
from marketplace.work.states import ANSWER, CLAIM
from marketplace.work.texts import reason_of
from marketplace.work.verdicts import Decisions, Verdict

COMMENT_LENGTH_MAX: Final = 4000
TARGETS: Final = {
    "accept": "accepted",
    "pay_not_use": "paid_not_used",
    "redo": "redo_requested",
    "reject": "rejected",
}


def reviewable_by(actor: Actor) -> ColumnElement[bool]:
    """Which claims an organization decides on, over Claim joined with Batch, Contract and Job.

    The layer that opened the task, the one that bought from it, or the client, as the job's `acceptance_by` says.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if actor.organization_id is None:
        return false()
    side = case(
        (Job.acceptance_by == "layer", Contract.seller_organization_id),
        (Job.acceptance_by == "parent", Contract.buyer_organization_id),
        else_=Job.organization_id,
    )
    return side == actor.organization_id


def apply_verdicts(
    session: Session, actor: Actor, claim_id: uuid.UUID, verdicts: Sequence[Verdict], *, pay_redo: bool = False
) -> Decisions:
    """Move the answers named in `verdicts` and, with them, their claim, seat and task.

    A redo opens the claim again for its worker with a new lease and the next attempt. A rejection is held where the
    breaker says so. Beyond the job's limit a redo needs `pay_redo`. The caller holds the job's lock and does what
    follows for the money, in the same transaction.
    Raises forbidden, not_found, review_own_answer, held_for_another, state_conflict, rejection_unfounded, redo_limit.
    """
    actor.require("review.decide")
    claim, batch, job, our_side = _locked(session, actor, claim_id)
    wanted = select(Answer).where(Answer.claim_id == claim_id).order_by(Answer.ordinal, Answer.id)
    answers = {a.id: a for a in session.scalars(wanted.execution_options(populate_existing=True))}
    _check(session, claim, answers, verdicts)
    corrections.check(session, claim, job, answers, verdicts)
    now = market_now(session)
    fresh = [verdict for verdict in verdicts if answers[verdict.answer_id].state != "held"]
    if fresh and not our_side:
        raise HELD_FOR_ANOTHER.error("Only what is held is yours to decide here.")
    if len(fresh) < len(verdicts):
        _end_holds(session, actor, claim_id, [answers[v.answer_id] for v in verdicts], now)
    held_back = set(breaker.watch(session, actor, batch, fresh, now))
    decisions = Decisions(claim, batch, now)
    lists = decisions.by_verdict
    for verdict in verdicts:
        answer = answers[verdict.answer_id]
        target = "held" if answer.id in held_back else TARGETS[verdict.verdict]
        ANSWER.check(answer.state, target)
        answer.state, answer.decided_at = target, None if target == "held" else now
        if target == "held":
            decisions.held.append(answer)
        else:
            lists[verdict.verdict].append(answer)
            review = _review(actor, answer, verdict, now)
            session.add(review)
            corrections.keep(session, review, verdict)
    if decisions.held:
        given = {verdict.answer_id: verdict for verdict in verdicts}
        holds.hold(session, actor, batch, [(answer, given[answer.id]) for answer in decisions.held], now)
    attempt = claim.attempt
    if decisions.redo:
        lease_until = now + lease_of(session, batch, claim.worker_id)
        decisions.paid_redo = _reopen(claim, job, lease_until, pay_redo=pay_redo)
    session.flush()
    if claim.state == "submitted":
        settle_claims(session, [claim], now)
    review_events.record(session, actor, decisions, verdicts, attempt)
    return decisions


def _end_holds(
    session: Session, actor: Actor, claim_id: uuid.UUID, answers: Sequence[Answer], now: dt.datetime
) -> None:
    rows = holds.open_on(session, claim_id)
    for answer in answers:
        if answer.state == "held":
            holds.end(session, actor, rows[answer.id], now)


def _locked(session: Session, actor: Actor, claim_id: uuid.UUID) -> tuple[Claim, Batch, Job, bool]:
    """The claim under its lock with its batch and job, and whether the actor's side reviews it in the first place."""
    wanted = (
        select(Claim, Batch, Job, reviewable_by(actor))
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Claim.job_id)
        .where(Claim.id == claim_id, or_(reviewable_by(actor), holds.decidable_by(actor)))
        # Two reviewers of one claim, or one and the timer: the second waits and finds the answers decided.
        .with_for_update(of=Claim, key_share=True)
        .execution_options(populate_existing=True)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NOT_FOUND.error("There is no claim with this id.", noun="claim")
    claim, batch, job, our_side = row
    if actor.person_id == claim.worker_id:
        raise REVIEW_OWN_ANSWER.error("These are your own answers.")
    return claim, batch, job, our_side


def _check(session: Session, claim: Claim, answers: dict[uuid.UUID, Answer], verdicts: Sequence[Verdict]) -> None:
    """Every verdict names another answer of the claim and gives the reasons it needs (rule 4)."""
    guideline = job_queries.guideline_of(session, claim.job_id, claim.guideline_version)
    rules = {rule["id"] for rule in guideline.rules} if guideline is not None else set()
    errors, seen = [], set()
    for index, verdict in enumerate(verdicts):
        pointer = f"/verdicts/{index}"
        if verdict.answer_id not in answers:
            raise NOT_FOUND.error("There is no such answer on this claim.", noun="answer")
        if verdict.answer_id in seen:
            errors.append(FieldError(pointer, "answer_twice", "This answer has two verdicts."))
        seen.add(verdict.answer_id)
        errors += _reasons(verdict, rules, claim.guideline_version, pointer)
    if errors:
        raise REJECTION_UNFOUNDED.error("A verdict needs another look: see its fields.", errors=errors)


def _reasons(verdict: Verdict, rules: set[str], version: int, pointer: str) -> list[FieldError]:
    if verdict.verdict not in TARGETS:
        known = ", ".join(TARGETS)
        return [FieldError(f"{pointer}/verdict", "verdict_unknown", f"A verdict is one of {known}.")]
    if verdict.verdict == "accept":
        return []
    errors = []
    if verdict.category not in REVIEW_CATEGORIES:
        known = ", ".join(REVIEW_CATEGORIES)
        errors.append(FieldError(f"{pointer}/category", "category_unknown", f"A category is one of {known}."))
    comment = (verdict.comment or "").strip()
    if not 1 <= len(comment) <= COMMENT_LENGTH_MAX:
        message = f"Say why, in 1 to {COMMENT_LENGTH_MAX} characters."
        errors.append(FieldError(f"{pointer}/comment", "comment_missing", message))
    if verdict.rule not in rules and (verdict.verdict == "reject" or verdict.rule is not None):
        message = f"Cite a rule of guideline version {version}, which this claim froze."
        if not rules:
            message = (
                "The claim froze no rules that could be cited, so nothing can be rejected; otherwise leave this out."
            )
        errors.append(FieldError(f"{pointer}/rule", "rule_unknown", message))
    return errors


def _review(actor: Actor, answer: Answer, verdict: Verdict, now: dt.datetime) -> Review:
    return Review(
        id=new_id(),
        answer_id=answer.id,
        attempt=answer.attempt,
        verdict=verdict.verdict,
        category=verdict.category,
        comment=verdict.comment,
        rule=verdict.rule,
        by_sampling=verdict.by_sampling,
        reviewer_person_id=actor.person_id,
        reviewer_organization_id=actor.organization_id,
        created_at=now,
    )


def turn_to_paid(
    session: Session, actor: Actor, claim: Claim, answer: Answer, category: str, comment: str, now: dt.datetime
) -> None:
    """Move a finally rejected answer to paid and not used; the caller holds the job's lock and books the money."""
    ANSWER.check(answer.state, "paid_not_used")
    if answer.state != "rejection_final":
        message = "Only what was finally rejected is bought; give a verdict on what waits."
        raise STATE_CONFLICT.error(message, noun="answer", current=answer.state)
    verdict = Verdict(answer.id, "pay_not_use", category, reason_of(comment, "/comment"))
    answer.state, answer.decided_at = "paid_not_used", now
    session.add(_review(actor, answer, verdict, now))
    session.flush()
    decisions = Decisions(claim, session.get_one(Batch, claim.batch_id), now, paid_not_used=[answer])
    review_events.record(session, actor, decisions, [verdict], claim.attempt)


def _reopen(claim: Claim, job: Job, lease_until: dt.datetime, *, pay_redo: bool) -> bool:
    """Open a claim for a redo; further redo verdicts while it is open join the same round.

    Returns whether the round is one beyond the job's limit, which is paid for (rule 7).
    """
    redo = claim.attempt if claim.state != "claimed" else claim.attempt - 1
    beyond = redo > job.redo_max
    if beyond and not pay_redo:
        raise REDO_LIMIT.error(
            f"{public('claim', claim.id)} was sent back {job.redo_max} times, as often as the job allows unpaid.",
            redo_max=job.redo_max,
        )
    if claim.state != "claimed":
        CLAIM.check(claim.state, "claimed")
        claim.state = "claimed"
        claim.attempt += 1
        claim.lease_extensions = 0
    claim.lease_until = lease_until
    return beyond
