"""What must hold of contracts and price chains; run by `piecework ledger check`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from marketplace.contracts.states import HOLDING, PRICED
from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.ledger.checking import Finding, check

_SQL = load(__file__, "checks.sql")

_PROBLEMS = {
    "outside_parent": "holds items that its parent does not have or still has free",
    "overlaps_sibling": "holds items that a sibling holds too",
    "holds_withdrawn": "holds items that the client has withdrawn",
    "price_above_parent": "is paid more than its parent is",
    "does_not_sum": "fee, margins and pay are not the client price",
    "does_not_telescope": "a layer does not buy at what is sold above it",
}


@check("I3", "price chains telescope: what one layer sells at the next buys at, and the parts are the price")
def chains_telescope(session: Session) -> Iterator[Finding]:
    """Each frozen chain, by its lines."""
    for contract_id, chain_id, problem in session.execute(_SQL.broken_chains):
        yield Finding(public("contract", contract_id), f"price chain {chain_id}: {_PROBLEMS[problem]}")


@check("R2", "a contract's items lie inside its parent's and apart from its siblings', at no higher price")
def allotments_are_disjoint(session: Session) -> Iterator[Finding]:
    """Each contract that holds items, by rate."""
    states = {"holding": sorted(HOLDING), "priced": sorted(PRICED)}
    for contract_id, rate_code, problem in session.execute(_SQL.broken_allotments, states):
        yield Finding(public("contract", contract_id), f"rate {rate_code}: {_PROBLEMS[problem]}")
