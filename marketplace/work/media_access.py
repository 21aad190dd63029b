"""Who may see the media of an item: whoever holds a live claim on it, reviews it, sells it, or owns the job."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.dialects.postgresql import INT8RANGE
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.contracts.models import Contract, ContractRate
from marketplace.jobs.models import Item, Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.work.models import Batch, Claim, Task
from marketplace.work.states import LIVE_CLAIM


def may_see(session: Session, actor: Actor, item_id: uuid.UUID) -> bool:
    """Whether the actor may be shown the item's media now."""
    item = session.get(Item, item_id)
    if item is None:
        return False
    if EVERYTHING in actor.permissions:
        return True
    if actor.organization_id is None:
        return actor.person_id is not None and actor.may("media.read.own") and _holds(session, actor.person_id, item)
    if not actor.may("media.read"):
        return False
    if actor.organization_kind == "platform":
        return True
    client = session.scalar(select(Job.organization_id).where(Job.id == item.job_id))
    return client == actor.organization_id or _sells(session, actor.organization_id, item)


def _contains(column: InstrumentedAttribute[Any], item: Item) -> ColumnElement[bool]:
    # A range of one, written out: a multirange operator wants a range or a multirange beside it.
    return column.op("@>", is_comparison=True)(literal(f"[{item.ordinal},{item.ordinal}]", INT8RANGE))


def _holds(session: Session, worker_id: uuid.UUID, item: Item) -> bool:
    wanted = exists().where(
        Claim.worker_id == worker_id,
        Claim.job_id == item.job_id,
        Claim.state.in_(sorted(LIVE_CLAIM)),
        Batch.id == Claim.batch_id,
        Batch.rate_code == item.rate_code,
        Task.id == Claim.task_id,
        _contains(Task.ordinals, item),
    )
    return bool(session.scalar(select(wanted)))


def _sells(session: Session, organization_id: uuid.UUID, item: Item) -> bool:
    """Layers hold the items of their allotment, those that they sold on and review included."""
    wanted = exists().where(
        Contract.job_id == item.job_id,
        Contract.seller_organization_id == organization_id,
        Contract.accepted_at.is_not(None),
        ContractRate.contract_id == Contract.id,
        ContractRate.rate_code == item.rate_code,
        _contains(ContractRate.allotment, item),
    )
    return bool(session.scalar(select(wanted)))
