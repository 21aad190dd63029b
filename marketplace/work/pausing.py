"""Pausing single batches for a reason of their own, which neither resuming the job nor unfreezing ends."""

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work.errors import BATCH_PAUSED
from marketplace.work.models import Batch, Claim
from marketplace.work.pause_words import pause_words
from marketplace.work.protection_events import BATCH_PAUSE_ENDED
from marketplace.work.protection_events import BATCH_PAUSED as PAUSED_EVENT
from marketplace.work.protection_models import BatchPause
from marketplace.work.withdrawing import set_claimable

WORKERS_TOLD_MAX: Final = 1000
"""A pause is told to who did the last so many tasks."""


def pause_batch(
    session: Session, actor: Actor, batch_id: uuid.UUID, reason: str, words: str, *, country: str | None = None
) -> BatchPause:
    """Let nothing of a batch be claimed from now on; live claims go on and are paid. The same pause again is the first.

    Takes the job's lock. The opener is told the words; so is the worker who asks for its tasks.
    """
    job = lock_job(session, session.get_one(Batch, batch_id).job_id)
    # Under the job's lock nobody pauses the same batch at the same moment.
    found = session.scalars(
        select(BatchPause).where(
            BatchPause.batch_id == batch_id, BatchPause.reason == reason, BatchPause.ended_at.is_(None)
        )
    ).one_or_none()
    if found is not None:
        return found
    pause = BatchPause(
        batch_id=batch_id, reason=reason, country=country, words=words, paused_at=market_now(session), ended_at=None
    )
    session.add(pause)
    session.flush()
    set_claimable(session, job.id, claimable=job.state == "open")
    _record(session, actor, pause, PAUSED_EVENT, {"words": str(words)})
    return pause


def end_pause(session: Session, actor: Actor, pause: BatchPause) -> None:
    """Let the batch be claimed from again, as far as its job and contracts let it."""
    job = lock_job(session, session.get_one(Batch, pause.batch_id).job_id)
    if pause.ended_at is None:
        pause.ended_at = market_now(session)
        session.flush()
        set_claimable(session, job.id, claimable=job.state == "open")
        _record(session, actor, pause, BATCH_PAUSE_ENDED, {})


def _record(session: Session, actor: Actor, pause: BatchPause, kind: EventKind, more: dict[str, str]) -> None:
    batch = session.get_one(Batch, pause.batch_id)
    seller = session.get_one(Contract, batch.contract_id).seller_organization_id
    body = {
        "job": public("job", batch.job_id),
        "opener": public("organization", seller),
        "reason": pause.reason,
        "country": pause.country,
        **more,
    }
    # Those who worked at it of late read of it among the decisions about them.
    newest = select(Claim.worker_id).where(Claim.batch_id == batch.id).order_by(Claim.id.desc()).limit(WORKERS_TOLD_MAX)
    workers = set(session.scalars(newest))
    record(session, kind, actor, subject=("batch", batch.id), organizations={seller}, people=workers, body=body)


def live_pauses(session: Session, batch_id: uuid.UUID) -> list[BatchPause]:
    """What keeps a batch, or the one it extends, from being claimed for a reason of its own."""
    batch = session.get(Batch, batch_id)
    if batch is None:
        return []
    ids = [batch_id] if batch.extends_batch_id is None else [batch_id, batch.extends_batch_id]
    wanted = select(BatchPause).where(BatchPause.batch_id.in_(ids), BatchPause.ended_at.is_(None))
    return list(session.scalars(wanted.order_by(BatchPause.id)))


def pauses_of(session: Session, batch_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[BatchPause]]:
    """The live pauses of batches, by batch; the caller has asked whether these may be seen."""
    found: dict[uuid.UUID, list[BatchPause]] = {}
    wanted = select(BatchPause).where(BatchPause.batch_id.in_(batch_ids), BatchPause.ended_at.is_(None))
    for pause in session.scalars(wanted.order_by(BatchPause.id)):
        found.setdefault(pause.batch_id, []).append(pause)
    return found


def refuse_paused(session: Session, batch_id: uuid.UUID) -> None:
    """Say to a worker why an open batch cannot be claimed from; raises batch_paused."""
    for pause in live_pauses(session, batch_id):
        raise BATCH_PAUSED.error(pause_words(pause.words, pause.country), reason=pause.reason)


def pay_found_too_low(session: Session, contract_id: uuid.UUID, rate_code: str, pay: Money) -> BatchPause | None:
    """A batch of the same items' rate and contract, at this pay or more, that stands still below a wage floor."""
    wanted = (
        select(BatchPause)
        .join(Batch, Batch.id == BatchPause.batch_id)
        .where(
            Batch.contract_id == contract_id,
            Batch.rate_code == rate_code,
            Batch.currency == pay.currency,
            Batch.pay_amount >= pay.amount,
            BatchPause.reason == "wage_floor",
            BatchPause.ended_at.is_(None),
        )
        .order_by(BatchPause.id)
        .limit(1)
    )
    return session.scalars(wanted).one_or_none()
