"""Ending the contracts of a job that is over."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.events import CONTRACT_CLOSED
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import move, record_for_parties
from marketplace.contracts.offering import withdraw
from marketplace.contracts.paths import lock_contract
from marketplace.kernel.actor import Actor

_RUNNING: Final = ("offered", "active", "succeeded", "frozen", "exhausted")


def close_contracts(session: Session, actor: Actor, job_id: UUID) -> int:
    """Close every contract still running of a job whose work is done, and withdraw its open offers.

    The caller holds the job's lock, has the authority, and acts as the system. Returns how many
    contracts ended.
    """
    statement = select(Contract.id).where(Contract.job_id == job_id, Contract.state.in_(_RUNNING))
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
    if contract.state == "frozen":
        move(contract, "active")
    for target in ("exhausted", "closed"):
        if contract.state != target:
            move(contract, target)
    session.flush()
    record_for_parties(session, CONTRACT_CLOSED, actor, contract, {})
