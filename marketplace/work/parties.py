"""Who is a party to what is said of an answer (rule 14), and which side comes next above a rejecting one."""

import uuid
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.identity.models import Membership


def side_above(session: Session, contract_id: uuid.UUID, side: uuid.UUID) -> uuid.UUID | None:
    """The nearest organization above `side` on the way from a contract up to the client; None if there is no other.

    Then the platform's people decide.
    """
    contract: Contract | None = session.get_one(Contract, contract_id)
    assert contract is not None
    way = [contract.seller_organization_id]
    while contract is not None:
        way.append(contract.buyer_organization_id)
        contract = None if contract.parent_id is None else session.get_one(Contract, contract.parent_id)
    above = way[len(way) - way[::-1].index(side) :] if side in way else []
    return above[0] if above else None


def is_member(session: Session, person_id: uuid.UUID | None, organizations: Collection[uuid.UUID]) -> bool:
    """Whether the person has a role in any of the organizations, whichever one they act for now."""
    if person_id is None or not organizations:
        return False
    wanted = exists().where(Membership.person_id == person_id, Membership.organization_id.in_(organizations))
    return bool(session.scalar(select(wanted)))
