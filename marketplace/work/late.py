"""Late answers: whoever lost a claim to the end of its lease takes it up again, while nobody else has its place.

Who worked without a network, or longer than was given, has the answers already; they are worth more than a rule kept.
Where somebody else has the place, the job may pay for one more (`work.late_seats`); else they are kept, and can be
contested where the job pays for some that are late (`late_answers_max`; `work.late_keeping`).
"""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.db.hot import HotStatement
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.texts import named, say
from marketplace.work import eligibility, events, late_seats
from marketplace.work.claiming import HELD_MAX
from marketplace.work.errors import LEASE_EXTENSIONS_USED, LEASE_OVER
from marketplace.work.holding import LEASE_EXTENSIONS_MAX, own_claim
from marketplace.work.models import Batch, Claim
from marketplace.work.pace import lease_of
from marketplace.work.refusing import refuse_claim

TAKE_UP_WITHIN: Final = dt.timedelta(hours=24)
"""How long after the end of its lease a claim can be taken up again; market time."""
LEASE_MAX: Final = dt.timedelta(minutes=30)
"""The lease then, unless its batch gives less: long enough to send what there is, not to begin anew."""
TRIES: Final = 3

_TAKE_UP: Final = HotStatement(
    text(load(__file__, "late.sql").take_up.text.replace("{takeable}", eligibility.TAKEABLE))
)


def can_take_up(claim: Claim, now: dt.datetime) -> bool:
    """Whether the claim's time allows it; whether its place is free is seen when it is tried."""
    ended = claim.lease_until if claim.state == "claimed" else claim.decided_at if claim.state == "expired" else None
    return (
        ended is not None
        and ended <= now < ended + TAKE_UP_WITHIN
        and (claim.state == "claimed" or claim.attempt == 1)
        and claim.lease_extensions <= LEASE_EXTENSIONS_MAX
    )


def take_up(session: Session, actor: Actor, claim_id: uuid.UUID, *, held_max: int = HELD_MAX) -> Claim:
    """Hold a claim again whose lease ended, with what was saved in it, under the price and terms frozen in it.

    For half an hour at most (times the worker's own factor), and once more than a lease can be prolonged. Where others
    have every seat, it gets one of its own if the job pays for that. A claim that is still held stays as it is. A redo
    is taken up only until the sweep of leases comes: its answers have lapsed then, which can be contested. Raises
    forbidden, not_found, state_conflict, lease_over a day later, lease_extensions_used, and what `claim_task` raises
    where others have the task now, or it is not open to the worker any more.
    """
    actor.require("work.claim")
    claim, now = own_claim(session, actor, claim_id), market_now(session)
    if _is_held(claim, now):
        return claim  # without the job's lock: a crowd that finds the network again would queue there
    job = lock_job(session, claim.job_id)
    claim = own_claim(session, actor, claim_id, lock=True)
    if _is_held(claim, now):
        return claim
    if claim.state not in {"claimed", "expired"}:
        raise STATE_CONFLICT.error(
            say("This claim is %(current)s.", current=named(claim.state)), noun="claim", current=claim.state
        )
    if not can_take_up(claim, now):
        if claim.lease_extensions > LEASE_EXTENSIONS_MAX:
            raise LEASE_EXTENSIONS_USED.error(
                say("A lease can be prolonged %(times)s times.", times=LEASE_EXTENSIONS_MAX)
            )
        raise LEASE_OVER.error(say("The lease ended too long ago."))
    batch = session.get_one(Batch, claim.batch_id)
    given = min(LEASE_MAX, dt.timedelta(seconds=batch.lease_seconds))
    until = now + lease_of(session, batch, claim.worker_id) * (given / dt.timedelta(seconds=batch.lease_seconds))
    if claim.state == "claimed":
        claim.lease_until = until
        claim.lease_extensions += 1
        session.flush()
    elif not _take_seat(session, claim, until, held_max):
        _take_own_seat(session, actor, job, batch, claim, until, held_max)
    audit.record(
        session,
        events.CLAIM_TAKEN_UP,
        actor,
        subject=("claim", claim.id),
        people=[claim.worker_id],
        body={"job": public("job", claim.job_id), "attempt": claim.attempt, "lease_until": instant(now + given)},
        at=now,
    )
    return claim


def _is_held(claim: Claim, now: dt.datetime) -> bool:
    return claim.state == "claimed" and claim.lease_until is not None and claim.lease_until > now


def _take_seat(session: Session, claim: Claim, until: dt.datetime, held_max: int, *, own: bool = False) -> bool:
    values = {
        "claim_id": claim.id,
        "task_id": claim.task_id,
        "batch_id": claim.batch_id,
        "job_id": claim.job_id,
        "seat_id": claim.seat_id,
        "worker_id": claim.worker_id,
        "lease_until": until,
        "held_max": held_max,
        "own": own,
    }
    for _ in range(TRIES):
        try:
            with session.begin_nested():
                taken = _TAKE_UP.row(session, values)
        except IntegrityError:  # another claim of the worker took the place, or a seat of the task, at this moment
            continue
        if taken is not None:
            session.refresh(claim)
        return taken is not None
    return False


def _take_own_seat(
    session: Session, actor: Actor, job: Job, batch: Batch, claim: Claim, until: dt.datetime, held_max: int
) -> None:
    if late_seats.is_paid_for(session, job, batch, claim) and _take_seat(session, claim, until, held_max, own=True):
        # Nobody else commits or frees money of the job at this moment: its lock is held.
        reserve.commit(session, job.id, late_seats.price_of(batch, claim))
        late_seats.record_added(session, actor, job, batch, claim, contested=False)
        return
    refuse_claim(session, claim.worker_id, claim.batch_id, held_max)
