"""The history of a payout: one row for each thing that happened to it."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update
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


def move_many(
    session: Session, source: str, target: str, kind: str, bodies: Mapping[uuid.UUID, dict[str, Any]]
) -> None:
    """Lock these payouts in the order of their ids, turn those in one state to another, and write their history.

    The statements do not grow with the payouts. One that is in another state by then stays as it is.
    """
    PAYOUT.check(source, target)
    wanted = select(Payout.id, Payout.attempt).where(Payout.id.in_(list(bodies)), Payout.state == source)
    locked = session.execute(wanted.order_by(Payout.id).with_for_update(key_share=True))
    attempts: dict[uuid.UUID, int] = dict(locked.all())
    if not attempts:
        return
    session.execute(
        update(Payout).where(Payout.id.in_(list(attempts))).values(state=target, version=Payout.version + 1)
    )
    rows = [
        {
            "payout_id": payout_id,
            "kind": kind,
            "attempt": attempts[payout_id],
            "state_before": source,
            "state_after": target,
            "body": bodies[payout_id],
        }
        for payout_id in attempts
    ]
    # Asked for their ids, SQLAlchemy writes them by one statement, and else by one for each row.
    session.execute(insert(PayoutEvent).returning(PayoutEvent.id), rows)


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
