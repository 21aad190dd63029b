"""Gathering items that want one more answer into tasks of their own, on the terms of those they were first in."""

import uuid
from typing import Any, Final

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.work.events import TASKS_EXTENDED
from marketplace.work.models import Batch
from marketplace.work.opening import bounds, multirange, record_opened
from marketplace.work.withdrawing import set_claimable

_OPENING = load(__file__, "opening.sql")
_STATEMENTS = load(__file__, "overlap.sql")
_WAITING = _STATEMENTS.waiting_ordinals.columns(ordinals=INT8MULTIRANGE(), items=BigInteger())
TASKS_WORTH: Final = 20
"""So many tasks full of waiting items are gathered at once; fewer when the first has waited long enough."""


def extend_one_batch(session: Session) -> int:
    """Sweep: gather the items of one batch that want one more answer, if it is time; returns how many batches.

    They become an extension: a batch of the same contract, price chain, pay, terms and lease, with one seat a task.
    Its money has been committed since the first seats were released. Any number of processes may do this at once.
    """
    values = {"batch_id": None, "tasks_at_once": TASKS_WORTH}
    ready = session.execute(_STATEMENTS.ready_to_extend, values).one_or_none()
    if ready is None:
        return 0
    job = lock_job(session, ready.job_id)
    # Another process may have gathered them while we waited for the lock, or the batch was withdrawn.
    again = session.execute(_STATEMENTS.ready_to_extend, {**values, "batch_id": ready.id}).one_or_none()
    if again is not None:
        root = session.get_one(Batch, ready.id, populate_existing=True)
        _extend(session, root)
        set_claimable(session, job.id, claimable=job.state == "open")
    return 1


def _extend(session: Session, root: Batch) -> Batch:
    waiting = session.execute(_WAITING, {"batch_id": root.id}).one()
    batch = Batch(
        job_id=root.job_id,
        contract_id=root.contract_id,
        rate_code=root.rate_code,
        price_chain_id=root.price_chain_id,
        price_amount=root.price_amount,
        pay_amount=root.pay_amount,
        currency=root.currency,
        items_per_task=root.items_per_task,
        item_count=waiting.items,
        task_count=-(-waiting.items // root.items_per_task),
        seats_per_task=1,
        extends_batch_id=root.id,
        team_ids=list(root.team_ids),
        priority=root.priority,
        queued_from=root.queued_from,
        lease_seconds=root.lease_seconds,
        settlement_terms=root.settlement_terms,
        terms_hash=root.terms_hash,
        claimable=False,
    )
    session.add(batch)
    session.flush()
    runs = bounds(waiting.ordinals)
    _split(session, root, batch, runs)
    batch.seats_released = batch.task_count
    session.flush()
    actor = system_actor("extend_overlap")
    record_opened(session, actor, batch, runs)
    seller = session.get_one(Contract, root.contract_id).seller_organization_id
    record(
        session,
        TASKS_EXTENDED,
        actor,
        subject=("batch", batch.id),
        organizations=[seller],
        body=extended_body(batch, root.id),
    )
    return batch


def extended_body(batch: Batch, root_id: uuid.UUID) -> dict[str, Any]:
    """What the audit log says of an extension, beside what it says of every batch."""
    return {
        "job": public("job", batch.job_id),
        "extends": public("batch", root_id),
        "items": batch.item_count,
    }


def _split(session: Session, root: Batch, batch: Batch, runs: list[tuple[int, int]]) -> None:
    size, batch_id = root.items_per_task, batch.id
    session.execute(_OPENING.prepare_for_many)
    values = {"ordinals": multirange(runs), "size": size, "batch_id": batch_id, "job_id": root.job_id}
    session.execute(_OPENING.split_into_tasks, {**values, "to_judge": True})
    session.execute(_STATEMENTS.move_into_tasks, {"root_batch_id": root.id, "batch_id": batch_id, "size": size})
    session.execute(_STATEMENTS.exclude_workers, {"batch_id": batch_id})
    everything = {"seats_per_task": 1, "first": 0, "count": batch.task_count}
    session.execute(_OPENING.insert_seats, {"batch_id": batch_id, **everything})
