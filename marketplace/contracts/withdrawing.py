"""Items the client takes back leave every contract that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.contracts.events import CONTRACT_ITEMS_WITHDRAWN
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import record_for_parties
from marketplace.contracts.ordinals import Ordinals
from marketplace.contracts.states import HOLDING
from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.jobs.withdrawing import summary
from marketplace.kernel.actor import Actor

_SQL = load(__file__, "allotting.sql")
_FREE = _SQL.free_of_job.columns(rate_code=Text(), free=INT8MULTIRANGE)
_TAKE_OUT = _SQL.take_out.bindparams(bindparam("taken", type_=INT8MULTIRANGE)).columns(
    contract_id=Uuid(), lost=INT8MULTIRANGE
)


def free_of_job(session: Session, job_id: UUID) -> dict[str, Ordinals]:
    """By rate, the items that are free in some contract of the job: in no task. The caller holds the job's lock."""
    return {row.rate_code: row.free for row in session.execute(_FREE, {"job_id": job_id})}


def take_out(session: Session, actor: Actor, job: Job, taken: Mapping[str, Ordinals]) -> None:
    """Take free items out of the contract that has them and of all above it, and tell the parties of each.

    The caller holds the job's lock, under which `taken` was found to be free. One statement a rate.
    """
    holding = select(Contract).where(Contract.job_id == job.id, Contract.state.in_(HOLDING))
    # All contracts of the job, from the root down: an offer or an opening of tasks waits for the job's lock already.
    locked = holding.order_by(Contract.layer, Contract.id).with_for_update(key_share=True)
    contracts = list(session.scalars(locked.execution_options(populate_existing=True)))
    lost: dict[UUID, dict[str, Ordinals]] = {}
    for code, ordinals in sorted(taken.items()):
        values = {
            "job_id": job.id,
            "rate_code": code,
            "taken": ordinals,
            "contract_ids": [contract.id for contract in contracts],
        }
        for row in session.execute(_TAKE_OUT, values):
            lost.setdefault(row.contract_id, {})[code] = row.lost
    for contract in contracts:
        if contract.id not in lost:
            continue
        contract.version += 1
        if contract.parent_id is None:
            continue  # the root is the client's own, and its event is the job's
        body = {"rates": summary(lost[contract.id])}
        record_for_parties(session, CONTRACT_ITEMS_WITHDRAWN, actor, contract, body)
    session.flush()
