"""Seats made for late claims: one more answer than was opened, where its client agreed to pay for some.

The claim keeps the price chain frozen in it, so each layer earns by it as by any other; nothing of an allotment is
used, for its items are those of the task. Such a seat is its claim's alone: it is withdrawn with it, and stands open to
nobody.
"""

import datetime as dt

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work import events
from marketplace.work.models import Batch, Claim
from marketplace.work.releasing import UNRELEASED
from marketplace.work.review_events import CONTEST_FOR

_STATEMENTS = load(__file__, "late.sql")


def can_be_made(batch: Batch) -> bool:
    """Whether tasks of the batch may have such seats: not where items have a most of answers that they may get."""
    return batch.answers_max is None and batch.extends_batch_id is None


def is_kept(claim: Claim) -> bool:
    """Whether answers to the claim that came too late are kept."""
    return claim.kept_at is not None and claim.state == "expired" and bool(claim.draft)


def contest_until(claim: Claim, job: Job) -> dt.datetime | None:
    """Until when its worker can contest that answers which were kept came too late.

    None where none are kept, and where the job pays for no late answers: nobody agreed to pay for what is contested.
    """
    if claim.kept_at is None or not is_kept(claim) or not job.late_answers_max:
        return None
    return claim.kept_at + CONTEST_FOR


def is_paid_for(session: Session, job: Job, batch: Batch, claim: Claim) -> bool:
    """Whether the job pays for a late claim beyond its seats, and its free reserve covers it.

    Somebody must still be at the task: what is done stays as it is. The caller holds the job's lock; the task is
    locked.
    """
    return (
        can_be_made(batch)
        and is_covered(session, job, batch, claim)
        and session.execute(_STATEMENTS.lock_open_task, {"task_id": claim.task_id}).first() is not None
    )


def is_covered(session: Session, job: Job, batch: Batch, claim: Claim) -> bool:
    """Whether a seat for the claim is within what the client agreed to, and within the free reserve.

    No seat that was opened may wait for that money. The caller holds the job's lock.
    """
    if not job.late_answers_max:
        return False
    before = session.execute(_STATEMENTS.late_answers, {"job_id": job.id}).scalar_one()
    return (
        int(before) + claim.item_count <= job.late_answers_max
        and price_of(batch, claim) <= reserve.spendable(session, job)
        and not session.scalar(select(exists().where(Batch.job_id == job.id, UNRELEASED)))
    )


def price_of(batch: Batch, claim: Claim) -> Money:
    """What all its answers cost the reserve."""
    return batch.price * claim.item_count


def record_added(session: Session, actor: Actor, job: Job, batch: Batch, claim: Claim, *, contested: bool) -> None:
    """Write that a seat was made for the claim, for the client and who opened the task."""
    seller_id = session.get_one(Contract, batch.contract_id).seller_organization_id
    audit.record(
        session,
        events.CLAIM_SEAT_ADDED,
        actor,
        subject=("claim", claim.id),
        organizations=sorted({job.organization_id, seller_id}),
        people=[claim.worker_id],
        body={
            "job": public("job", job.id),
            "answers": claim.item_count,
            "committed": price_of(batch, claim).to_wire(),
            "contested": contested,
        },
    )
