"""Layers in default, as tests declare them, and what is owed to whom."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.models import Contract
from marketplace.kernel.actor import Actor
from marketplace.lifecycle import succeeding
from marketplace.settlement.models import Installment
from tests.builders.jobs import make_party

WHY = "The company is insolvent."


def declare_default(session: Session, actor: Actor, contract_id: uuid.UUID, reason: str) -> ContractDefault:
    """Of whoever sells now."""
    seller_id = session.get_one(Contract, contract_id, populate_existing=True).seller_organization_id
    return succeeding.declare_default(session, actor, contract_id, seller_id, reason)


def operations(session: Session) -> Actor:
    return make_party(session, "platform", "operations")


def owed(session: Session, organization: Actor, *in_states: str) -> int:
    rows = session.scalars(
        select(Installment.amount).where(
            Installment.payee_id == organization.organization, Installment.state.in_(in_states)
        )
    )
    return sum(rows)


def paid_to(session: Session, worker: Actor) -> int:
    return sum(session.scalars(select(Installment.amount).where(Installment.payee_id == worker.person)))
