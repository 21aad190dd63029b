"""What every verb on a contract does at its end: move the state by the table, and write it down for both parties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.contracts.models import Contract
from marketplace.contracts.states import CONTRACT
from marketplace.jobs.models import JobParty
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public


def move(contract: Contract, target: str) -> None:
    """Move a locked contract if the table allows it; raises state_conflict."""
    CONTRACT.check(contract.state, target)
    contract.state = target
    contract.version += 1


def take_part(session: Session, job_id: UUID, organization_id: UUID) -> None:
    """Let the organization see the job from now on."""
    party = insert(JobParty).values(job_id=job_id, organization_id=organization_id)
    session.execute(party.on_conflict_do_nothing())


def record_for_parties(
    session: Session, event: EventKind, actor: Actor, contract: Contract, more: Mapping[str, Any]
) -> None:
    """Write an event of a contract that its buyer and its seller may read, nobody else: `more` may hold prices."""
    parties = {
        "job": public("job", contract.job_id),
        "buyer": public("organization", contract.buyer_organization_id),
        "seller": public("organization", contract.seller_organization_id),
    }
    readers = [contract.buyer_organization_id, contract.seller_organization_id]
    record(session, event, actor, subject=("contract", contract.id), organizations=readers, body={**parties, **more})
