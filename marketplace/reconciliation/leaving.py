"""What keeps a person of finance: what they said of a line, and another person has not agreed to yet."""

import uuid

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.identity.departures import open_act
from marketplace.kernel.texts import say
from marketplace.reconciliation.match_models import LineMatch


@open_act(say("what a line of a rail was"))
def _matches(session: Session, person_id: uuid.UUID) -> bool:
    proposed = and_(LineMatch.state == "proposed", LineMatch.proposed_by == person_id)
    undone = and_(LineMatch.state == "undo_asked", LineMatch.undo_asked_by == person_id)
    return bool(session.scalar(select(exists().where(or_(proposed, undone)))))
