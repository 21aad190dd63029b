"""What ends of a worker's claims when they leave, and what of their answers may still earn them something."""

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.departures import as_leaving, ends, owed
from marketplace.kernel.errors import STATE_CONFLICT, DomainError
from marketplace.work.holding import give_back
from marketplace.work.models import Answer, Claim

_UNDECIDED: Final = ("submitted", "held", "redo_requested", "rejected", "lapsed")
"""States of answers that may still come to be paid."""


@ends("claim")
def _claims(session: Session, person_id: uuid.UUID) -> int:
    # In the order of jobs, which giving back locks: two who leave at once do not wait for each other.
    held = session.scalars(
        select(Claim.id).where(Claim.worker_id == person_id, Claim.state == "claimed").order_by(Claim.job_id, Claim.id)
    ).all()
    return sum(_give_back(session, person_id, claim_id) for claim_id in held)


def _give_back(session: Session, person_id: uuid.UUID, claim_id: uuid.UUID) -> bool:
    try:
        with session.begin_nested():
            give_back(session, as_leaving(person_id, "work.claim"), claim_id)
    except DomainError as refusal:
        if refusal.spec is not STATE_CONFLICT:
            raise
        return False  # it was handed in, or its lease ended, at this moment
    return True


@owed("answers that are not decided")
def _answers(session: Session, person_id: uuid.UUID) -> bool:
    undecided = (
        select(Answer.id)
        .join(Claim, Claim.id == Answer.claim_id)
        .where(Claim.worker_id == person_id, Answer.state.in_(_UNDECIDED))
    )
    return session.scalar(undecided.limit(1)) is not None
