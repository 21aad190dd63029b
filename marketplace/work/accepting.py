"""Accepting in bulk: every waiting answer of many claims of one job, in a few statements however many they are.

States only; `settlement.bulk_accepting` calls this and books the money.
"""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import DateTime, Row, exists, func, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, DomainError
from marketplace.kernel.ids import public
from marketplace.work import breaker, events, freeing
from marketplace.work.errors import REVIEW_OWN_ANSWER
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.reviewing import reviewable_by

_STATEMENTS = load(__file__, "accepting.sql")
_ACCEPT_ANSWERS = HotStatement(_STATEMENTS.accept_answers)


@dataclass(frozen=True, slots=True)
class AcceptedClaim:
    """A claim, and those of its answers, ascending, that were accepted at `accepted_at`, which is market time."""

    claim_id: uuid.UUID
    batch_id: uuid.UUID
    price_chain_id: uuid.UUID
    worker_id: uuid.UUID
    attempt: int
    answer_ids: list[uuid.UUID]
    accepted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class BulkDecisions:
    """What a bulk acceptance did: claims accepted, by id; and why others were not touched."""

    accepted: dict[uuid.UUID, AcceptedClaim] = field(default_factory=dict)
    refused: dict[uuid.UUID, DomainError] = field(default_factory=dict)


def accept_waiting(
    session: Session, actor: Actor, job_id: uuid.UUID, claim_ids: Collection[uuid.UUID]
) -> BulkDecisions:
    """Accept every answer of these claims that waits for a verdict, and move their claims, seats and tasks.

    A claim is accepted or refused whole: not_found where the actor does not decide on it, review_own_answer,
    state_conflict where nothing of it waits. Answers that are held stay held. The caller holds the job's lock, so that
    no other verdict comes in between, and books what follows for the money. One audit event for each batch of tasks.
    """
    actor.require("review.decide")
    found = {row.id: row for row in _locked(session, actor, job_id, claim_ids)}
    refused = {claim_id: problem for claim_id in claim_ids if (problem := _problem(actor, found.get(claim_id)))}
    wanted = [claim_id for claim_id in found if claim_id not in refused]
    if not wanted:
        return BulkDecisions(refused=refused)
    now: dt.datetime = found[wanted[0]].now
    reviewer = {"person_id": actor.person_id, "organization_id": actor.organization_id}
    session.flush()
    answers: dict[uuid.UUID, list[uuid.UUID]] = dict(
        _ACCEPT_ANSWERS.rows(session, {"claim_ids": array(wanted), "now": now, **reviewer})
    )
    refused |= {claim_id: _nothing_waits(found[claim_id].state) for claim_id in wanted if claim_id not in answers}
    accepted = {
        claim_id: AcceptedClaim(
            claim_id, row.batch_id, row.price_chain_id, row.worker_id, row.attempt, answers[claim_id], now
        )
        for claim_id, row in found.items()
        if claim_id in answers
    }
    freeing.settle(session, list(accepted), now)
    if actor.organization_id is not None:
        _count(
            session, [(found[claim.claim_id].contract_id, len(claim.answer_ids)) for claim in accepted.values()], now
        )
    for batch_id in sorted({claim.batch_id for claim in accepted.values()}):
        _record(session, actor, job_id, [claim for claim in accepted.values() if claim.batch_id == batch_id], now)
    return BulkDecisions(accepted, refused)


def _locked(session: Session, actor: Actor, job_id: uuid.UUID, claim_ids: Collection[uuid.UUID]) -> list[Any]:
    wanted = (
        select(
            Claim.id,
            Claim.state,
            Claim.attempt,
            Claim.worker_id,
            Claim.batch_id,
            Claim.price_chain_id,
            Batch.contract_id,
            # Market time is read on the way: a statement less for each acceptance.
            func.market_now(type_=DateTime(timezone=True)).label("now"),
        )
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Claim.job_id)
        .where(Claim.id.in_(claim_ids), Claim.job_id == job_id, reviewable_by(actor))
        .order_by(Claim.id)
        # A worker's submission does not take the job's lock, only its claim's.
        .with_for_update(of=Claim, key_share=True)
    )
    return list(session.execute(wanted))


def _count(session: Session, given: Iterable[tuple[uuid.UUID, int]], now: dt.datetime) -> None:
    """A reviewer's verdicts count for the breaker, the timer's do not."""
    decided: Counter[uuid.UUID] = Counter()
    for contract_id, answers in given:
        decided[contract_id] += answers
    for contract_id in sorted(decided):
        breaker.count(session, contract_id, now, decided=decided[contract_id])


def _problem(actor: Actor, row: Row[Any] | None) -> DomainError | None:
    if row is None:
        return NOT_FOUND.error("There is no claim with this id.", noun="claim")
    if actor.person_id == row.worker_id:
        return REVIEW_OWN_ANSWER.error("These are your own answers.")
    return None if row.state == "submitted" else _nothing_waits(row.state)


def _nothing_waits(state: str) -> DomainError:
    return STATE_CONFLICT.error("No answer of this claim waits for a verdict.", noun="claim", current=state)


def _record(
    session: Session, actor: Actor, job_id: uuid.UUID, claims: Sequence[AcceptedClaim], now: dt.datetime
) -> None:
    answer_ids = sorted(answer_id for claim in claims for answer_id in claim.answer_ids)
    audit.record(
        session,
        events.CLAIMS_ACCEPTED,
        actor,
        subject=("batch", claims[0].batch_id),
        organizations=[actor.organization_id] if actor.organization_id is not None else [],
        people={claim.worker_id for claim in claims},
        body={
            "job": public("job", job_id),
            "claims": [
                {
                    "claim": public("claim", claim.claim_id),
                    "attempt": claim.attempt,
                    "answer_count": len(claim.answer_ids),
                }
                for claim in claims
            ],
            "answer_count": len(answer_ids),
            "digest": ids_digest(answer_ids),
        },
        at=now,
    )


def oldest_waiting(session: Session, actor: Actor, job_id: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """Claims of a job that wait for the actor's side, oldest submission first; never one's own."""
    actor.require("review.decide")
    wanted = (
        select(Claim.id)
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Claim.job_id)
        .where(Claim.job_id == job_id, Claim.state == "submitted", reviewable_by(actor))
        .where(exists().where(Answer.claim_id == Claim.id, Answer.state == "submitted"))
    )
    if actor.person_id is not None:
        wanted = wanted.where(Claim.worker_id != actor.person_id)
    return list(session.scalars(wanted.order_by(Claim.submitted_at, Claim.id).limit(limit)))


def ids_digest(ids: Iterable[uuid.UUID]) -> str:
    """SHA-256 over the ids one after the other, 16 bytes each, hex; pass them ascending."""
    return hashlib.sha256(b"".join(one.bytes for one in ids)).hexdigest()


def jobs_overdue(session: Session) -> list[uuid.UUID]:
    """Jobs with claims whose review is overdue by their `auto_accept_seconds`, the longest first; nothing is locked."""
    return list(session.scalars(_STATEMENTS.jobs_overdue))


def claims_overdue(session: Session, job_id: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """Claims of the job whose review is overdue, oldest first."""
    return list(session.scalars(_STATEMENTS.claims_overdue, {"job_id": job_id, "limit": limit}))
