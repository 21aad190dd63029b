"""Taking back: items of a contract nobody works on return to its buyer, from the whole tree below it.

`lifecycle.recalling` puts this together with the tasks; what is claimed stays and is paid at its frozen chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.allotting import free_of, give_up
from marketplace.contracts.errors import CONTRACT_IS_ROOT
from marketplace.contracts.events import CONTRACT_RECALLED
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.moving import move, record_for_parties
from marketplace.contracts.offering import withdraw
from marketplace.contracts.ordinals import Ordinals, count, digest, spans_of
from marketplace.contracts.paths import path
from marketplace.contracts.queries import get_contract
from marketplace.contracts.states import TAKING_BACK
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND

_RANGES_IN_EVENT: Final = 100


def bought_contract(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """A contract in which the actor's organization buys.

    Raises not_found for another's, contract_is_root for the job's own.
    """
    contract = get_contract(session, actor, contract_id)
    if EVERYTHING not in actor.permissions and contract.buyer_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no contract with this id.", noun="contract")
    if contract.parent_id is None:
        raise CONTRACT_IS_ROOT.error("The job's own contract is neither recalled nor frozen.")
    return contract


def tree_ids(session: Session, contract: Contract) -> list[UUID]:
    """The contract and all below it."""
    below = select(Contract.id).where(Contract.id == contract.id).cte("tree", recursive=True)
    child = aliased(Contract)
    below = below.union_all(select(child.id).join(below, child.parent_id == below.c.id))
    return list(session.scalars(select(below.c.id)))


def lock_tree(session: Session, contract: Contract) -> list[Contract]:
    """The contract and all below it, fresh, their rows and the parent's locked from the top down; the job is locked."""
    ids = [contract.parent_id, *tree_ids(session, contract)]
    statement = select(Contract).where(Contract.id.in_(ids)).order_by(Contract.layer, Contract.id)
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(locked))[1:]


def end_offers(session: Session, actor: Actor, contracts: Sequence[Contract]) -> None:
    """Withdraw those of the contracts that are only offered; their items are their parents' again."""
    for contract in contracts:
        if contract.state == "offered":
            withdraw(session, actor, contract.id)


def return_items(session: Session, contracts: Sequence[Contract]) -> dict[UUID, dict[str, Ordinals]]:
    """Pass everything free upward out of each contract, the lowest first; returns what left which, by rate.

    `contracts` is a tree from `lock_tree`, whose open tasks and offers have ended.
    """
    returned: dict[UUID, dict[str, Ordinals]] = {}
    for contract in reversed(contracts):
        if contract.state not in TAKING_BACK:
            continue
        returned[contract.id] = free_of(session, contract.id)
        for code, free in returned[contract.id].items():
            give_up(session, contract, code, free)
    return returned


def end_recalled(session: Session, actor: Actor, contract: Contract, rates: Mapping[str, Ordinals]) -> None:
    """Move a contract to recalled and write down what it returned."""
    if contract.state == "frozen":
        move(contract, "active")
    move(contract, "recalled")
    record_returned(session, actor, contract, rates)


def record_returned(session: Session, actor: Actor, contract: Contract, rates: Mapping[str, Ordinals]) -> None:
    """Write into the log what went back from a contract to its buyer."""
    session.flush()
    lines: dict[str, Any] = {}
    for code, ordinals in sorted(rates.items()):
        spans = spans_of(ordinals)
        lines[code] = {
            "items": count(ordinals),
            "ordinals_digest": digest(ordinals),
            "ranges": [list(span) for span in spans[:_RANGES_IN_EVENT]],
        }
    record_for_parties(session, CONTRACT_RECALLED, actor, contract, {"rates": lines, "state": contract.state})


def holds_nothing(session: Session, contract_id: UUID) -> bool:
    """Whether no item is left to a contract."""
    rows = session.execute(select(ContractRate.allotment).where(ContractRate.contract_id == contract_id))
    return not any(count(allotment) for (allotment,) in rows)


def pass_upward(session: Session, contract_id: UUID, rate_code: str, ordinals: Ordinals) -> None:
    """Move items just given back to a contract on to the lowest one above that was not recalled.

    The job is locked. Work under way at a recall ends here when it brings no answer.
    """
    for contract in reversed(path(session, contract_id)):
        if contract.state != "recalled":
            return
        give_up(session, contract, rate_code, ordinals)
