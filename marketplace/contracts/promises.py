"""What a contract may still promise below itself, and what it has promised: the bounds of every new price.

A proposal to amend binds whoever made it while it waits for its answer. So a layer that offered to sell for less
promises below within that, and one that offered to pay more keeps that price payable; the other side can then accept
at any moment, and no refusal of an acceptance tells it what prices stand beyond the ones it knows (rule 12).

Open tasks bound nothing: their price chain was frozen when they were opened, and they are paid by it to the end.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Amendment, AmendmentRate, Contract, ContractRate
from marketplace.contracts.states import PRICED
from marketplace.db.clock import market_now
from marketplace.kernel.money import Money


def buying_prices(session: Session, contract_id: UUID) -> dict[str, Money]:
    """Up to which price, by rate code, a contract may promise below itself.

    Its buying price, or less while its seller proposes less. The caller holds the job's lock.
    """
    rates = session.execute(
        select(ContractRate.rate_code, ContractRate.price_amount, ContractRate.currency).where(
            ContractRate.contract_id == contract_id
        )
    ).all()
    proposed = _waiting(session, Amendment.contract_id == contract_id, Amendment.proposed_by == "seller")
    return {rate.rate_code: Money(min([rate.price_amount, *proposed[rate.rate_code]]), rate.currency) for rate in rates}


def promised_prices(session: Session, contract_id: UUID) -> dict[str, Money]:
    """The highest price a contract has promised below itself, by rate code; nothing for rates without a promise.

    The prices of contracts below that may still open tasks, and its own proposals to raise them. The caller holds
    the job's lock.
    """
    below = select(Contract.id).where(Contract.parent_id == contract_id, Contract.state.in_(PRICED))
    highest = select(ContractRate.rate_code, ContractRate.currency, func.max(ContractRate.price_amount).label("price"))
    rates = session.execute(
        highest.where(ContractRate.contract_id.in_(below)).group_by(ContractRate.rate_code, ContractRate.currency)
    ).all()
    proposed = _waiting(session, Amendment.contract_id.in_(below), Amendment.proposed_by == "buyer")
    return {rate.rate_code: Money(max([rate.price, *proposed[rate.rate_code]]), rate.currency) for rate in rates}


def _waiting(session: Session, *which: ColumnElement[bool]) -> defaultdict[str, list[int]]:
    """Prices of proposals that can still be accepted, by rate code."""
    rows = session.execute(
        select(AmendmentRate.rate_code, AmendmentRate.price_amount)
        .join(Amendment, Amendment.id == AmendmentRate.amendment_id)
        .where(Amendment.state == "proposed", Amendment.expires_at > market_now(session), *which)
    )
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row.rate_code].append(row.price_amount)
    return found
