"""Payouts that a rail took and then did not execute, by its own word or by that of two people; and what came late.

The callers, rails that people carry files for, know what was reported or what statements show.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.payouts.adopting import take_over
from marketplace.payouts.errors import PAYOUT_TWO_PEOPLE
from marketplace.payouts.events import PAYOUT_CAME_LATE, PAYOUT_NOT_EXECUTED
from marketplace.payouts.history import move, note
from marketplace.payouts.models import Payout, PayoutEvent
from marketplace.payouts.outcomes import apply_outcome, payout_fields
from marketplace.rails.port import Found, Refused

SAID: Final = "not_executed_said"
"""One of two people said that the rail never executed a payout."""

REFUSED: Final = "not_executed"
"""It is known that the rail did not execute a payout that it had taken; the body has its reference."""


def refuse_sent(session: Session, actor: Actor, payout: Payout, refusal: Refused, evidence: Mapping[str, Any]) -> None:
    """A locked, sent payout was certainly not executed: sent -> unknown -> refused, J7, with the evidence in the log.

    Raises state_conflict for one that is not sent.
    """
    if payout.state != "sent":
        raise STATE_CONFLICT.error(
            f"This payout is {payout.state}; only one that is sent can turn out not to have been executed.",
            noun="payout",
            current=payout.state,
            target="refused",
        )
    body = {"reference": payout.rail_reference, "code": refusal.code}
    move(session, payout, "unknown", REFUSED, person_id=actor.person_id, body=body)
    record(
        session,
        PAYOUT_NOT_EXECUTED,
        actor,
        subject=("payout", payout.id),
        body={**payout_fields(payout), "reference": payout.rail_reference, "code": refusal.code, **evidence},
    )
    apply_outcome(session, actor, payout, refusal)


def say_not_executed(session: Session, actor: Actor, payout: Payout) -> uuid.UUID | None:
    """Keep the word of one person on a locked payout; returns who said so before, None for the first word.

    Raises payout_two_people for a second word of the same person.
    """
    before = said_by(session, payout)
    if actor.person in before:
        raise PAYOUT_TWO_PEOPLE.error("You said so already; another person must confirm it.")
    note(session, payout, SAID, person_id=actor.person)
    return before[0] if before else None


def said_by(session: Session, payout: Payout) -> list[uuid.UUID]:
    """Who said of this attempt that the rail never executed it, in order."""
    people = select(PayoutEvent.person_id).where(
        PayoutEvent.payout_id == payout.id,
        PayoutEvent.attempt == payout.attempt,
        PayoutEvent.kind == SAID,
        PayoutEvent.person_id.is_not(None),
    )
    return [person_id for person_id in session.scalars(people.order_by(PayoutEvent.id)) if person_id is not None]


def adopt_late(session: Session, actor: Actor, payout: Payout, found: Found) -> None:
    """A locked payout counts as refused, and the rail shows its transfer after all: it is sent, as that attempt.

    Raises state_conflict once its money went elsewhere: its installments may be in another payout by then.
    """
    if payout.state not in {"refused", "approved"}:
        raise STATE_CONFLICT.error(
            f"This payout is {payout.state}; only one that is refused, or approved again, can be taken for paid.",
            noun="payout",
            current=payout.state,
            target="sent",
        )
    body = {"reference": found.reference, "key": found.key}
    if payout.state == "approved":
        note(session, payout, "came_late", person_id=actor.person_id, body=body)
    else:
        move(session, payout, "approved", "came_late", person_id=actor.person_id, body=body)
    take_over(session, actor, payout, found)
    record(
        session,
        PAYOUT_CAME_LATE,
        actor,
        subject=("payout", payout.id),
        body={**payout_fields(payout), "reference": found.reference},
    )


def late_references(session: Session, references: list[str]) -> dict[str, uuid.UUID]:
    """Of these references of a rail those of payouts that were not executed, as far as was known; with the payout."""
    if not references:
        return {}
    reference = PayoutEvent.body["reference"].astext
    rows = session.execute(
        select(reference, PayoutEvent.payout_id).where(PayoutEvent.kind == REFUSED, reference.in_(references))
    )
    return {str(found): payout_id for found, payout_id in rows}
