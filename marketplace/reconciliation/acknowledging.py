"""Acknowledging a rail's transfer that a person has looked into while payouts are frozen."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import parse
from marketplace.rails import freezing
from marketplace.rails.freeze_models import PayoutFreezeEvent
from marketplace.reconciliation.models import ExternalLine


def acknowledge(session: Session, actor: Actor, line: str, reason: str) -> None:
    """Say, for good, that this transfer need not keep payouts frozen. It stays unmatched, for reconciliation.

    Needs payout_run.approve. Raises not_found, state_conflict for a line that is matched or was acknowledged.
    """
    found = session.get(ExternalLine, parse("external_line", line), with_for_update=True)
    if found is None:
        raise NOT_FOUND.error("There is no line with this id.", noun="external_line")
    before = select(PayoutFreezeEvent.id).where(
        PayoutFreezeEvent.kind == "acknowledged", PayoutFreezeEvent.body["line"].astext == line
    )
    if found.state == "matched" or session.scalar(before) is not None:
        raise STATE_CONFLICT.error("This line is explained already.", noun="external_line", current=found.state)
    freezing.acknowledge(session, actor, line, reason)
