"""What rails told us of the destinations of a person to whom nothing is owed any more."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.identity.departures import paid_off
from marketplace.kernel.errors import DomainError
from marketplace.rails.change_models import CHANGE, PayoutDestinationChange
from marketplace.rails.models import DESTINATION, PayoutDestination, RailEvent


@paid_off("rail_event")
def _events(session: Session, person_id: uuid.UUID) -> int:
    """Empty what names where they are paid, or were."""
    said = []
    for model, sealed in ((PayoutDestination, DESTINATION), (PayoutDestinationChange, CHANGE)):
        for row in session.scalars(select(model).where(model.payee_id == person_id)):
            try:
                said.append(sealed.get(session, row))
            except DomainError:
                continue  # its key is gone, and with it whatever it said
    emptied = session.execute(
        update(RailEvent).where(RailEvent.payload["destination"].astext.in_(said)).values(payload={}),
        execution_options={"synchronize_session": False},
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]
