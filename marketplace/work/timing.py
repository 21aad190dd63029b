"""Active time on a claim, by beats; what it is and what it is not stands in docs/protection.md.

A beat says "I am here and working now". The time between two beats counts when it is no longer than a minute: a page
that is hidden, a worker who went for tea, a broken line add nothing. It is a measure for the worker: organizations
never see it.
"""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say
from marketplace.work.errors import LEASE_OVER
from marketplace.work.holding import own_claim
from marketplace.work.states import CLAIM

BEAT_SECONDS: Final = 20
"""How often a page or program that is at work sends a beat."""
GAP_SECONDS_MAX: Final = 60
"""A longer silence between two beats is not work."""
HARD_SEVERITY: Final = 3
"""From here on exposure is counted and limited, and needs consent (rule 11)."""

_STATEMENTS = load(__file__, "timing.sql")


def beat(session: Session, actor: Actor, claim_id: uuid.UUID) -> int:
    """Note that the worker is active on a claim they hold; returns its active seconds so far.

    One statement, one row. Raises forbidden, not_found, state_conflict, lease_over.
    """
    actor.require("work.submit")
    values = {"claim_id": claim_id, "worker_id": actor.person, "gap_max": GAP_SECONDS_MAX}
    seconds = session.execute(_STATEMENTS.beat, values).scalar_one_or_none()
    if seconds is None:
        CLAIM.check(own_claim(session, actor, claim_id).state, "submitted")
        raise LEASE_OVER.error(say("The lease ended."))
    return int(seconds)


def note_answered(session: Session, claim_id: uuid.UUID, worker_id: uuid.UUID, answers: int) -> None:
    """Count answers to content of severity 3 and more for the worker's day."""
    session.execute(_STATEMENTS.answered, {"claim_id": claim_id, "worker_id": worker_id, "answers": answers})
