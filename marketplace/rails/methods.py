"""Where payees want to be paid."""

import uuid

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.rails.errors import DESTINATION_INVALID, RAIL_UNKNOWN
from marketplace.rails.events import DESTINATION_SET
from marketplace.rails.models import PayoutDestination
from marketplace.rails.port import Rails, onboarding_rails

DESTINATION_LENGTH_MAX = 200


def set_destination(
    session: Session, actor: Actor, rails: Rails, rail_name: str, destination: str
) -> PayoutDestination:
    """Say where the actor is paid on a rail: their organization's margins, or a worker's own pay.

    Only on a rail that is here: who has a destination counts as payable, so that one on a rail that no run ever uses
    would keep the payee unpaid, not held, and the margins above waiting for ever (rule 8). And not on one that opens
    accounts itself (`onboarding`): what is typed there could be somebody else's. Raises forbidden, rail_unknown,
    destination_invalid.
    """
    if rail_name not in rails:
        message = f"There is no such rail here; there are: {', '.join(sorted(rails))}."
        raise RAIL_UNKNOWN.error(message, errors=[FieldError("/rail", RAIL_UNKNOWN.slug, message)])
    if rail_name in onboarding_rails(rails):
        message = "This rail opens the account itself, on pages of its own; begin there instead of typing one."
        raise DESTINATION_INVALID.error(message, errors=[FieldError("/destination", "destination_invalid", message)])
    return keep_destination(session, actor, rail_name, destination)


def keep_destination(session: Session, actor: Actor, rail: str, destination: str) -> PayoutDestination:
    """As `set_destination`, for a destination that the rail gave."""
    actor.require("payout_method.set")
    cleaned = destination.strip()
    if not 1 <= len(cleaned) <= DESTINATION_LENGTH_MAX or not cleaned.isprintable():
        message = f"A destination has 1 to {DESTINATION_LENGTH_MAX} visible characters."
        raise DESTINATION_INVALID.error(message, errors=[FieldError("/destination", "destination_invalid", message)])
    organization_id = actor.organization_id
    payee_kind, payee_id = ("worker", actor.person) if organization_id is None else ("organization", organization_id)
    statement = insert(PayoutDestination).values(
        payee_id=payee_id, rail=rail, payee_kind=payee_kind, destination=cleaned
    )
    changed = {"destination": cleaned, "changed_at": func.market_now()}
    stored = session.scalars(
        statement.on_conflict_do_update(index_elements=["payee_id", "rail"], set_=changed).returning(PayoutDestination),
        execution_options={"populate_existing": True},
    ).one()
    record(
        session,
        DESTINATION_SET,
        actor,
        subject=("person" if payee_kind == "worker" else "organization", payee_id),
        organizations=[] if organization_id is None else [organization_id],
        people=[payee_id] if organization_id is None else [],
        body={"rail": rail},
    )
    return stored


def note_ready(session: Session, rail: str, destination: str) -> bool:
    """The rail says that it can pay to this destination again: holds for want of that end, as if it was set anew.

    Says whether it is somebody's destination here.
    """
    statement = (
        update(PayoutDestination)
        .where(PayoutDestination.rail == rail, PayoutDestination.destination == destination)
        .values(changed_at=func.market_now())
    )
    return bool(session.execute(statement.returning(PayoutDestination.payee_id)).all())


def destination_of(session: Session, payee_id: uuid.UUID, rail: str) -> str | None:
    """Where the payee is paid on the rail; None when it was never said."""
    return session.execute(
        select(PayoutDestination.destination).where(
            PayoutDestination.payee_id == payee_id, PayoutDestination.rail == rail
        )
    ).scalar_one_or_none()
