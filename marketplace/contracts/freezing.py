"""Freezing: a buyer halts a contract and all below it for a while; work under way goes on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.audit.words import said
from marketplace.contracts.events import CONTRACT_FROZEN, CONTRACT_UNFROZEN
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import move, record_for_parties
from marketplace.contracts.paths import lock_contract
from marketplace.contracts.reasons import require_reason
from marketplace.contracts.recalling import bought_contract
from marketplace.contracts.states import CONTRACT
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT


def freeze(session: Session, actor: Actor, contract_id: UUID, reason: str) -> Contract:
    """Halt an active contract as its buyer; the seller reads the reason.

    The caller makes the tasks at and below it unclaimable. Raises forbidden, not_found, contract_is_root, invalid
    without a reason, state_conflict.
    """
    actor.require("contract.offer")
    seen = bought_contract(session, actor, contract_id)
    reason = require_reason(reason)
    # Whoever opens tasks, offers or accepts holds the job's lock: it is over before, or sees the contract frozen.
    lock_job(session, seen.job_id)
    contract = lock_contract(session, contract_id)
    CONTRACT.check(contract.state, "frozen")
    contract.frozen_at, contract.frozen_reason = market_now(session), reason
    move(contract, "frozen")
    session.flush()
    record_for_parties(session, CONTRACT_FROZEN, actor, contract, {"reason_commitment": said(reason)})
    return contract


def unfreeze(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """Let a frozen contract go on, as its buyer. Raises forbidden, not_found, contract_is_root, state_conflict."""
    actor.require("contract.offer")
    seen = bought_contract(session, actor, contract_id)
    lock_job(session, seen.job_id)
    contract = lock_contract(session, contract_id)
    # To active leads also the acceptance of an offer, which is the seller's.
    if contract.state != "frozen":
        message = f"This contract is {contract.state}, not frozen."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)
    move(contract, "active")
    session.flush()
    record_for_parties(session, CONTRACT_UNFROZEN, actor, contract, {})
    return contract
