"""Succession (rule 9): who takes a defaulted layer's contract over, and the contract's change of hands.

A contract keeps its id, prices, items, children and tasks; what changes is who sells under it. So nothing that refers
to it moves: workers keep claims, pay and dates, the layers below their buyer's price.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.contracts import amending
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import move
from marketplace.contracts.paths import path
from marketplace.contracts.states import OVER
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.jobs.models import JobParty
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT


def choose_successor(session: Session, contract: Contract) -> tuple[Organization, str]:
    """Who takes the contract over, and as what: "layer", "client" or "caretaker".

    The layer above first, then each one further above up to the client; one that is not approved, or is in default
    itself, is passed over. Else the platform. The caller holds the job's lock.
    """
    for above in reversed(path(session, contract.id)[:-1]):
        organization = session.get_one(Organization, above.seller_organization_id)
        able = organization.state == "approved" and organization.id != contract.seller_organization_id
        if able and not _in_default(session, organization.id):
            return organization, "client" if organization.kind == "client" else "layer"
    return session.scalars(select(Organization).where(Organization.kind == "platform")).one(), "caretaker"


def _in_default(session: Session, organization_id: UUID) -> bool:
    unresolved = exists().where(
        ContractDefault.former_organization_id == organization_id, ContractDefault.released_at.is_(None)
    )
    return bool(session.scalar(select(unresolved)))


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

    Proposals of new prices that the former seller made or was asked about end: they bound somebody who is gone.
    Moves the contract to defaulted and on to succeeded; one that is over keeps its state. `house` acts in what follows
    from it. Raises state_conflict where nobody can succeed the platform.
    """
    contract = tree[0]
    former = contract.seller_organization_id
    successor, taker = choose_successor(session, contract)
    if successor.id == former:
        raise STATE_CONFLICT.error(
            "The platform has this contract as caretaker, and nobody above can take it over.",
            noun="contract",
            current=contract.state,
        )
    children = [one for one in tree[1:] if one.parent_id == contract.id]
    amending.end_waiting(session, house, [contract, *children])
    goes_on = contract.state not in OVER
    if goes_on and contract.state != "frozen":
        if contract.state == "accepted":
            move(contract, "active")
        contract.frozen_at, contract.frozen_reason = market_now(session), reason
        move(contract, "frozen")
    if goes_on:
        move(contract, "defaulted")
    contract.seller_organization_id = successor.id
    if goes_on:
        move(contract, "succeeded")
    else:
        contract.version += 1
    for child in children:
        child.buyer_organization_id = successor.id
        child.version += 1
    party = insert(JobParty).values(job_id=contract.job_id, organization_id=successor.id)
    session.execute(party.on_conflict_do_nothing())
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
