"""Where payees want to be paid."""

import uuid
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.rails.errors import DESTINATION_INVALID, RAIL_UNKNOWN
from marketplace.rails.events import DESTINATION_SET
from marketplace.rails.models import PayoutDestination

DESTINATION_LENGTH_MAX = 200


def known_rail(rails: Collection[str], name: str) -> str:
    """`name`, if money moves over that rail here; raises rail_unknown, at /rail.

    Every face asks this before `set_destination`: who has a destination counts as payable, so that one on a rail that
    no run ever uses would keep the payee unpaid, not held, and the margins above waiting for ever (rule 8).
    """
    if name in rails:
        return name
    message = f"There is no such rail here; there are: {', '.join(sorted(rails))}."
    raise RAIL_UNKNOWN.error(message, errors=[FieldError("/rail", RAIL_UNKNOWN.slug, message)])


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
