"""The history of a payout: one row for each thing that happened to it."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.payouts.models import Payout, PayoutEvent
from marketplace.payouts.states import PAYOUT


def move(
    session: Session,
    payout: Payout,
    target: str,
    kind: str,
    *,
    person_id: uuid.UUID | None = None,
    body: dict[str, Any] | None = None,
) -> None:
    """Turn a locked payout to another state by the table of moves and write its history; raises state_conflict."""
    PAYOUT.check(payout.state, target)
    before, payout.state = payout.state, target
    payout.version += 1
    note(session, payout, kind, before=before, person_id=person_id, body=body)


def note(
    session: Session,
    payout: Payout,
    kind: str,
    *,
    before: str | None = None,
    person_id: uuid.UUID | None = None,
    body: dict[str, Any] | None = None,
) -> None:
    """Write one row of history without a move."""
    session.add(
        PayoutEvent(
            payout_id=payout.id,
            kind=kind,
            attempt=payout.attempt,
            state_before=before,
            state_after=payout.state,
            person_id=person_id,
            body=body or {},
        )
    )
    session.flush()
