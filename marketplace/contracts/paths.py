"""The way from the root down to a contract, and the locks on it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.errors import CONTRACT_HALTED
from marketplace.contracts.models import Contract
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import say


def path(session: Session, contract_id: UUID) -> list[Contract]:
    """The contracts from the root to this one, both included, fresh; position is layer. Raises not_found."""
    here = select(Contract.id, Contract.parent_id).where(Contract.id == contract_id).cte("way", recursive=True)
    above = aliased(Contract)
    way = here.union_all(select(above.id, above.parent_id).join(here, above.id == here.c.parent_id))
    statement = select(Contract).join(way, Contract.id == way.c.id).order_by(Contract.layer)
    found = list(session.scalars(statement.execution_options(populate_existing=True)))
    if not found:
        raise NOT_FOUND.error(say("There is no contract with this id."), noun="contract")
    assert [contract.layer for contract in found] == list(range(len(found)))
    return found


def lock_contract(session: Session, contract_id: UUID) -> Contract:
    """The contract, fresh, its row locked to the end of the transaction (FOR NO KEY UPDATE).

    The lock guards its state and what of its items is free. Order: job, then contracts from the
    root down. Raises not_found.
    """
    statement = select(Contract).where(Contract.id == contract_id).with_for_update(key_share=True)
    contract = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if contract is None:
        raise NOT_FOUND.error(say("There is no contract with this id."), noun="contract")
    return contract


def refuse_halted(session: Session, contract_id: UUID) -> None:
    """Raise contract_halted where the contract or one above it is frozen; the caller holds the job's lock."""
    if any(contract.state == "frozen" for contract in path(session, contract_id)):
        raise CONTRACT_HALTED.error(say("This contract, or one above it, is frozen."))
