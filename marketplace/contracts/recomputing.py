"""What the log says of price chains, recomputed from the live rows."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.contracts.chains import frozen_body, load
from marketplace.contracts.events import PRICE_CHAIN_FROZEN
from marketplace.contracts.models import PriceChain


@recomputer(PRICE_CHAIN_FROZEN)
def _frozen(session: Session, chain_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    salts = dict(session.execute(select(PriceChain.id, PriceChain.salt).where(PriceChain.id.in_(chain_ids))).all())
    return {chain_id: _body(session, chain_id, salt) for chain_id, salt in salts.items()}


def _body(session: Session, chain_id: uuid.UUID, salt: bytes) -> dict[str, str]:
    try:
        return frozen_body(load(session, [chain_id])[chain_id], salt)
    except ValueError as problem:
        # Rows that do not add up are no chain, and nobody sealed them.
        return {"commitment": f"no chain: {problem}"}
