"""Who is paid: workers, and layers by their organization."""

import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from marketplace.identity.models import Organization, Worker
from marketplace.kernel.errors import NOT_FOUND
from marketplace.work.parties import is_member


def kind_of(session: Session, payee_id: uuid.UUID) -> str:
    """Whether a payee is a "worker" or a "layer"; raises not_found for who is neither."""
    if session.get(Worker, payee_id) is not None:
        return "worker"
    organization = session.get(Organization, payee_id)
    if organization is None or organization.kind != "subcontractor":
        raise NOT_FOUND.error("There is no payee with this id: a worker, or a subcontractor.", noun="payee")
    return "layer"


def is_among(session: Session, person_id: uuid.UUID, payee_ids: Collection[uuid.UUID]) -> bool:
    """Whether one of the payees is that person, or an organization of theirs: others decide on what these get."""
    return person_id in payee_ids or is_member(session, person_id, payee_ids)
