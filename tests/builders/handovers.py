"""Handovers that are read and accepted."""

import uuid

from sqlalchemy.orm import Session

from marketplace.contracts.handover_models import Handover
from marketplace.kernel.actor import Actor
from marketplace.lifecycle import handing_over
from marketplace.lifecycle.standing import standing


def accept_handover(session: Session, actor: Actor, handover_id: uuid.UUID) -> Handover:
    """Accept what passes over as it stands at this moment."""
    contract_id = session.get_one(Handover, handover_id).contract_id
    return handing_over.accept(session, actor, handover_id, standing(session, contract_id).digest)
