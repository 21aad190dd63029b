"""Freezing and unfreezing a contract: whether workers may claim at and below it; live claims go on."""

import uuid

from sqlalchemy.orm import Session

from marketplace.contracts import freezing
from marketplace.contracts.models import Contract
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.work.withdrawing import set_claimable


def freeze_contract(session: Session, actor: Actor, contract_id: uuid.UUID, reason: str) -> Contract:
    """Nothing at or below the contract is claimed, offered or opened from now on, whether its job is paused or not.

    Raises forbidden, not_found, contract_is_root, invalid, state_conflict.
    """
    contract = freezing.freeze(session, actor, contract_id, reason)
    _set_claimable(session, contract)
    return contract


def unfreeze_contract(session: Session, actor: Actor, contract_id: uuid.UUID) -> Contract:
    """Let it go on, as far as the job and the contracts above do. Raises what freezing raises."""
    contract = freezing.unfreeze(session, actor, contract_id)
    _set_claimable(session, contract)
    return contract


def _set_claimable(session: Session, contract: Contract) -> None:
    job = lock_job(session, contract.job_id)
    set_claimable(session, job.id, claimable=job.state == "open")
