"""Answers that come when the seat is gone and nobody pays for one more: kept, and shown to their worker.

What is kept is the claim's draft: nobody else sees it, and nothing is tied for it. Whoever contests that they were too
late, in a job whose client agreed to pay for some that are, gets a seat for the claim, with its price tied in the
reserve as for every contested answer; its answers stand as lapsed, and go the way of all disputes.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.states import FUNDABLE
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, instant
from marketplace.kernel.errors import STATE_CONFLICT, DomainError
from marketplace.kernel.ids import parse, public
from marketplace.kernel.texts import say
from marketplace.work import events, freeing, late_seats
from marketplace.work.claiming import HELD_MAX
from marketplace.work.errors import ATTEMPT_CLOSED, DISPUTE_TOO_LATE, LATE_UNFUNDED, LEASE_OVER, NOTHING_TO_CLAIM
from marketplace.work.holding import check_draft, own_claim
from marketplace.work.late import TAKE_UP_WITHIN, take_up
from marketplace.work.models import Batch, Claim
from marketplace.work.review_events import CONTEST_FOR
from marketplace.work.submitting import check_answers, submit

_STATEMENTS = load(__file__, "late.sql")
_WHILE_SUBMITTED = dt.timedelta(minutes=1)


def can_be_kept(session: Session, claim: Claim, now: dt.datetime) -> bool:
    """Whether answers to the claim that come now are kept, if it cannot be taken up."""
    return (
        claim.state == "expired"
        and claim.attempt == 1
        and claim.decided_at is not None
        and now < claim.decided_at + TAKE_UP_WITHIN
        and late_seats.can_be_made(session.get_one(Batch, claim.batch_id))
    )


def save_late(session: Session, actor: Actor, claim_id: uuid.UUID, draft: Mapping[str, Any]) -> Claim:
    """Keep a part of what comes late, by public item id, as a draft; not checked, and not yet open to a dispute.

    Raises forbidden, not_found, lease_over, draft_too_large.
    """
    actor.require("work.submit")
    check_draft(draft)
    claim = own_claim(session, actor, claim_id, lock=True)
    if claim.kept_at is not None or not can_be_kept(session, claim, market_now(session)):
        raise LEASE_OVER.error(say("The lease ended too long ago."))
    claim.draft = dict(draft)
    session.flush()
    return claim


def submit_late(
    session: Session,
    actor: Actor,
    claim_id: uuid.UUID,
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
    attempt: int,
    *,
    held_max: int = HELD_MAX,
) -> Claim:
    """Take the claim up and submit, as long as that can be had; else keep the answers to it, which are checked as ever.

    The same may come again and changes nothing. Raises what `take_up` and `submit` raise, but for nothing_to_claim
    where the answers are kept: then attempt_closed for another attempt, and for others than were kept before.
    """
    actor.require("work.submit")
    try:
        with session.begin_nested():
            if own_claim(session, actor, claim_id).state in {"claimed", "expired"}:
                take_up(session, actor, claim_id, held_max=held_max)
            submit(session, actor, claim_id, answers, attempt)
    except DomainError as refusal:
        if refusal.spec is not NOTHING_TO_CLAIM:
            raise
        return _keep(session, actor, claim_id, answers, attempt, refusal)
    return own_claim(session, actor, claim_id)


def _keep(
    session: Session,
    actor: Actor,
    claim_id: uuid.UUID,
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
    attempt: int,
    refusal: DomainError,
) -> Claim:
    claim, now = own_claim(session, actor, claim_id, lock=True), market_now(session)
    if not can_be_kept(session, claim, now):
        raise refusal
    if attempt != claim.attempt:
        raise ATTEMPT_CLOSED.error(
            say("The claim is at attempt %(attempt)s, not %(attempt2)s.", attempt=claim.attempt, attempt2=attempt),
            attempt=claim.attempt,
        )
    check_answers(session, actor, claim_id, answers)
    draft = {public("item", item_id): dict(content) for item_id, content in answers.items()}
    if claim.kept_at is not None:
        if claim.draft != draft:
            raise ATTEMPT_CLOSED.error(
                say("Attempt %(attempt)s was submitted with other answers.", attempt=attempt), attempt=attempt
            )
        return claim
    claim.draft, claim.kept_at = draft, now
    session.flush()
    until = late_seats.contest_until(claim, session.get_one(Job, claim.job_id))
    audit.record(
        session,
        events.CLAIM_KEPT,
        actor,
        subject=("claim", claim.id),
        people=[claim.worker_id],
        body={
            "job": public("job", claim.job_id),
            "answer_count": len(draft),
            "digest": hashlib.sha256(canonical_bytes(draft)).hexdigest(),
            "contest_until": None if until is None else instant(until),
        },
        at=now,
    )
    return claim


def stand(session: Session, actor: Actor, claim_id: uuid.UUID) -> bool:
    """Make answers of what was kept of one's own claim, lapsed ones, so that they can be contested.

    False where nothing is kept that can be, and nothing was done. Raises dispute_too_late a week after it came,
    late_unfunded while the free reserve or the number of late answers that the client agreed to does not cover it, and
    state_conflict where the job, the contract or the task is over, or the worker has another claim on the task.
    """
    claim = own_claim(session, actor, claim_id)
    if not late_seats.is_kept(claim):
        return False
    job = lock_job(session, claim.job_id)
    claim, now = own_claim(session, actor, claim_id, lock=True), market_now(session)
    until = late_seats.contest_until(claim, job)
    if until is None or claim.draft is None:
        return False  # contested at this moment, or never to be
    if now >= until:
        raise DISPUTE_TOO_LATE.error(say("It could be contested for %(days)s days.", days=CONTEST_FOR.days))
    batch = session.get_one(Batch, claim.batch_id)
    is_over = job.state not in FUNDABLE or session.get_one(Contract, batch.contract_id).state == "closed"
    if is_over or session.execute(_STATEMENTS.lock_standing_task, {"task_id": claim.task_id}).first() is None:
        raise STATE_CONFLICT.error(say("This work is over."), noun="claim")
    answers, kept_at = {parse("item", key): content for key, content in claim.draft.items()}, claim.kept_at
    _seat(session, job, claim, batch, now)
    submit(session, actor, claim.id, answers, 1)
    late_seats.record_added(session, actor, job, batch, claim, contested=True)
    session.execute(_STATEMENTS.lapse_kept, {"claim_id": claim.id, "kept_at": kept_at, "now": now})
    freeing.settle_claims(session, [claim], now)
    return True


def _seat(session: Session, job: Job, claim: Claim, batch: Batch, now: dt.datetime) -> None:
    if not late_seats.is_covered(session, job, batch, claim):
        # What is free is the client's to know.
        raise LATE_UNFUNDED.error(say("Try again while it can be contested: more may come free."))
    reserve.commit(session, job.id, late_seats.price_of(batch, claim))
    values = {"claim_id": claim.id, "lease_until": now + _WHILE_SUBMITTED}
    try:
        with session.begin_nested():
            seated = session.execute(_STATEMENTS.seat_kept, values).first()
    except IntegrityError:  # the worker claimed the task anew at this moment
        seated = None
    if seated is None:
        raise STATE_CONFLICT.error(say("You have this task by another claim."), noun="claim")
    session.refresh(claim)
