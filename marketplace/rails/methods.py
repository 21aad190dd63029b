"""Where payees want to be paid."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.rails.errors import DESTINATION_INVALID
from marketplace.rails.events import DESTINATION_SET
from marketplace.rails.models import PayoutDestination

DESTINATION_LENGTH_MAX = 200


def set_destination(session: Session, actor: Actor, rail: str, destination: str) -> PayoutDestination:
    """Say where the actor is paid on a rail: their organization's margins, or a worker's own pay.

    Raises forbidden, destination_invalid.
    """
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


def destination_of(session: Session, payee_id: uuid.UUID, rail: str) -> str | None:
    """Where the payee is paid on the rail; None when it was never said."""
    return session.execute(
        select(PayoutDestination.destination).where(
            PayoutDestination.payee_id == payee_id, PayoutDestination.rail == rail
        )
    ).scalar_one_or_none()
