"""What a worker does with a claim they hold: save a draft, ask for more time, give it back."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.work import events, freeing
from marketplace.work.errors import DRAFT_TOO_LARGE, LEASE_EXTENSIONS_USED, LEASE_OVER
from marketplace.work.models import Batch, Claim
from marketplace.work.pace import lease_of
from marketplace.work.states import CLAIM

DRAFT_BYTES_MAX: Final = 1_000_000
LEASE_EXTENSIONS_MAX: Final = 2


def own_claim(session: Session, actor: Actor, claim_id: uuid.UUID, *, lock: bool = False) -> Claim:
    """A claim of the acting worker; raises not_found for anybody else's."""
    wanted = select(Claim).where(Claim.id == claim_id, Claim.worker_id == actor.person)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    claim = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if claim is None:
        raise NOT_FOUND.error(say("There is no claim with this id."), noun="claim")
    return claim


def _held(session: Session, actor: Actor, claim_id: uuid.UUID) -> tuple[Claim, dt.datetime]:
    """The claim, locked, while its lease runs."""
    claim = own_claim(session, actor, claim_id, lock=True)
    if claim.state == "expired":
        raise LEASE_OVER.error(say("The lease ended and the seat went back to the queue."))
    CLAIM.check(claim.state, "submitted")
    now = market_now(session)
    if claim.lease_until is None or claim.lease_until <= now:
        raise LEASE_OVER.error(say("The lease ended."))
    return claim, now


def save_draft(session: Session, actor: Actor, claim_id: uuid.UUID, draft: Mapping[str, Any]) -> Claim:
    """Keep what the worker has so far, by public item id; it is not checked and nobody else sees it.

    Where something else was kept because it came too late, this stands instead, and that is contested no more. Raises
    forbidden, not_found, state_conflict, lease_over, draft_too_large.
    """
    actor.require("work.submit")
    check_draft(draft)
    claim, _ = _held(session, actor, claim_id)
    if claim.draft != draft:
        claim.draft, claim.kept_at = dict(draft), None
    session.flush()
    return claim


def check_draft(draft: Mapping[str, Any]) -> None:
    """Raise draft_too_large for more than a claim keeps."""
    if len(json.dumps(draft)) > DRAFT_BYTES_MAX:
        raise DRAFT_TOO_LARGE.error(say("A draft may hold at most %(most)s bytes.", most=DRAFT_BYTES_MAX))


def extend(session: Session, actor: Actor, claim_id: uuid.UUID) -> Claim:
    """Start the lease anew from now, at most twice an attempt.

    Raises forbidden, not_found, state_conflict, lease_over, lease_extensions_used.
    """
    actor.require("work.claim")
    claim, now = _held(session, actor, claim_id)
    if claim.lease_extensions >= LEASE_EXTENSIONS_MAX:
        raise LEASE_EXTENSIONS_USED.error(say("A lease can be prolonged %(times)s times.", times=LEASE_EXTENSIONS_MAX))
    batch = session.get_one(Batch, claim.batch_id)
    claim.lease_until = now + lease_of(session, batch, claim.worker_id)
    claim.lease_extensions += 1
    session.flush()
    audit.record(
        session,
        events.CLAIM_EXTENDED,
        actor,
        subject=("claim", claim.id),
        people=[claim.worker_id],
        body={
            "job": public("job", claim.job_id),
            "lease_until": instant(now + dt.timedelta(seconds=batch.lease_seconds)),
        },
        at=now,
    )
    return claim


def give_back(session: Session, actor: Actor, claim_id: uuid.UUID) -> Claim:
    """Give a claim back: a first attempt frees its seat for others, a redo declined lapses.

    Raises forbidden, not_found, state_conflict.
    """
    actor.require("work.claim")
    lock_job(session, own_claim(session, actor, claim_id).job_id)
    claim = own_claim(session, actor, claim_id, lock=True)
    CLAIM.check(claim.state, "returned")
    now, attempt = market_now(session), claim.attempt
    lapsed = freeing.end_unanswered(session, {claim.id: attempt}, "returned", now)
    session.refresh(claim)
    audit.record(
        session,
        events.CLAIM_RETURNED,
        actor,
        subject=("claim", claim.id),
        people=[claim.worker_id],
        body={"job": public("job", claim.job_id), "attempt": attempt, "lapsed": lapsed[claim.id]},
        at=now,
    )
    return claim
