"""What the log says of price chains, recomputed from the live rows."""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.contracts.chain import Chain
from marketplace.contracts.chains import frozen_body, load
from marketplace.contracts.events import PRICE_CHAIN_FROZEN
from marketplace.contracts.models import PriceChain
from marketplace.kernel.ids import public

_Body = Callable[[Chain, uuid.UUID, bytes], dict[str, Any]]


@recomputer(PRICE_CHAIN_FROZEN)
def _frozen(session: Session, chain_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    return _bodies(session, chain_ids, frozen_body)


@recomputer(PRICE_CHAIN_FROZEN, version=1)
def _frozen_as_a_whole(session: Session, chain_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    return _bodies(session, chain_ids, _whole_body)


def _whole_body(chain: Chain, _: uuid.UUID, salt: bytes) -> dict[str, Any]:
    """Version 1: one commitment to all prices together."""
    return {
        "job": public("job", chain.job_id),
        "contract": public("contract", chain.contract_id),
        "rate": chain.rate_code,
        "commitment": chain.commitment(salt).hex(),
    }


def _bodies(session: Session, chain_ids: list[uuid.UUID], body: _Body) -> dict[uuid.UUID, dict[str, Any]]:
    salts = dict(session.execute(select(PriceChain.id, PriceChain.salt).where(PriceChain.id.in_(chain_ids))).all())
    return {chain_id: _body(session, chain_id, salt, body) for chain_id, salt in salts.items()}


def _body(session: Session, chain_id: uuid.UUID, salt: bytes, body: _Body) -> dict[str, Any]:
    try:
        return body(load(session, [chain_id])[chain_id], chain_id, salt)
    except ValueError as problem:
        # Rows that do not add up are no chain, and nobody sealed them.
        return {"commitments": f"no chain: {problem}"}
