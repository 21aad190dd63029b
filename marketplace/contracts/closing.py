"""Ending the contracts of a job that is over."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.events import CONTRACT_CLOSED
from marketplace.contracts.models import Contract
from marketplace.contracts.offering import withdraw
from marketplace.contracts.paths import lock_contract
from marketplace.contracts.states import CONTRACT
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public


def close_contracts(session: Session, actor: Actor, job_id: UUID) -> int:
    """Close every active contract of a job whose work is done, and withdraw its open offers.

    The caller holds the job's lock, has the authority, and acts as the system. Returns how many
    contracts ended.
    """
    statement = select(Contract.id).where(Contract.job_id == job_id, Contract.state.in_(["offered", "active"]))
    ended = 0
    for contract_id in list(session.scalars(statement.order_by(Contract.layer.desc()))):
        contract = session.get_one(Contract, contract_id)
        if contract.state == "offered":
            withdraw(session, actor, contract_id)
        else:
            _close(session, actor, contract_id)
        ended += 1
    return ended


def _close(session: Session, actor: Actor, contract_id: UUID) -> None:
    contract = lock_contract(session, contract_id)
    for target in ("exhausted", "closed"):
        CONTRACT.check(contract.state, target)
        contract.state = target
    contract.version += 1
    session.flush()
    body = {
        "job": public("job", contract.job_id),
        "buyer": public("organization", contract.buyer_organization_id),
        "seller": public("organization", contract.seller_organization_id),
    }
    readers = [contract.buyer_organization_id, contract.seller_organization_id]
    record(session, CONTRACT_CLOSED, actor, subject=("contract", contract.id), organizations=readers, body=body)
