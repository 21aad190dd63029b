"""Chains of contracts below a published job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.offering import OfferRate, accept, offer
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from tests.builders.jobs import make_party


def make_offer(
    session: Session, buyer: Actor, parent: Contract, seller: Actor, price: str, items: int = 10, **overrides: Any
) -> Contract:
    """An offer of standard items below a contract."""
    currency = overrides.pop("currency", "CNY")
    rates = {overrides.pop("rate_code", "standard"): OfferRate(Money.parse(price, currency), items)}
    return offer(session, buyer, parent.id, seller.organization, rates, **overrides)


def make_layers(
    session: Session, client: Actor, root: Contract, prices: Sequence[str], items: int = 10, **overrides: Any
) -> list[tuple[Actor, Contract]]:
    """Accepted contracts one below the other at these prices, each with its seller, from layer 1 down."""
    layers: list[tuple[Actor, Contract]] = []
    buyer, parent = client, root
    for price in prices:
        seller = make_party(session, "subcontractor")
        offered = make_offer(session, buyer, parent, seller, price, items, **overrides)
        buyer, parent = seller, accept(session, seller, offered.id)
        layers.append((seller, parent))
    return layers
