"""Succession (rule 9): who takes a defaulted layer's contract over, and the contract's change of hands.

A contract keeps its id, prices, items, children and tasks; what changes is who sells under it. So nothing that refers
to it moves: workers keep claims, pay and dates, the layers below their buyer's price.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.contracts import amending, handovers
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.default_queries import gave_up, in_default
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import move, take_part
from marketplace.contracts.paths import path
from marketplace.contracts.states import OVER
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.identity.queries import platform_organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT

_TAKERS: Final = {"subcontractor": "layer", "client": "client", "platform": "caretaker"}
"""As what an organization takes a contract over; the platform may be caretaker of the one above already."""


def choose_successor(session: Session, contract: Contract) -> tuple[Organization, str]:
    """Who takes the contract over, and as what: "layer", "client" or "caretaker".

    The layer above first, then each one further above up to the client; one that is not approved, is in default itself,
    or was with this very contract, is passed over. Else the platform. The caller holds the job's lock. Raises
    state_conflict where the platform sells already, and nobody above can or it gave the contract up once before.
    """
    gone, seller_id = gave_up(session, contract.id), contract.seller_organization_id
    for above in reversed(path(session, contract.id)[:-1]):
        organization = session.get_one(Organization, above.seller_organization_id)
        able = organization.state == "approved" and organization.id not in {seller_id, *gone}
        if able and seller_id not in gone and not in_default(session, organization.id):
            return organization, _TAKERS[organization.kind]
    if session.get_one(Organization, seller_id).kind == "platform":
        message = "The platform is caretaker of this contract, and nobody above can go on with it: hand it over."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)
    platform = platform_organization(session)
    assert platform is not None
    return platform, _TAKERS[platform.kind]


def change_seller(session: Session, contract: Contract, children: list[Contract], seller_id: UUID) -> None:
    """Let another organization sell under a locked contract, and buy under those below; it takes part in the job."""
    contract.seller_organization_id = seller_id
    for child in children:
        child.buyer_organization_id = seller_id
        child.version += 1
    take_part(session, contract.job_id, seller_id)


def hand_over(
    session: Session,
    house: Actor,
    tree: list[Contract],
    *,
    cause: str,
    reason: str,
    declared_by: UUID | None,
) -> ContractDefault:
    """Let the successor sell under the first contract of a locked tree from now on; returns the default's row.

    Proposals of new prices that the former seller made or was asked about end, as does its offer to hand the contract
    over: they bound somebody who is gone.
    Moves the contract to defaulted and on to succeeded; one that is over keeps its state. `house` acts in what follows
    from it. Raises state_conflict where nobody can succeed the platform.
    """
    contract = tree[0]
    former = contract.seller_organization_id
    successor, taker = choose_successor(session, contract)
    children = [one for one in tree[1:] if one.parent_id == contract.id]
    amending.end_waiting(session, house, [contract, *children])
    handovers.end_waiting(session, house, contract)
    goes_on = contract.state not in OVER
    if goes_on and contract.state != "frozen":
        if contract.state == "accepted":
            move(contract, "active")
        contract.frozen_at, contract.frozen_reason = market_now(session), reason
        move(contract, "frozen")
    if goes_on:
        move(contract, "defaulted")
    change_seller(session, contract, children, successor.id)
    if goes_on:
        move(contract, "succeeded")
    else:
        contract.version += 1
    default = ContractDefault(
        contract_id=contract.id,
        former_organization_id=former,
        successor_organization_id=successor.id,
        taker=taker,
        cause=cause,
        reason=reason,
        declared_by_person_id=declared_by,
        declared_at=market_now(session),
    )
    session.add(default)
    session.flush()
    return default
