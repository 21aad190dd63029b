"""Where payees want to be paid."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sealed import masked
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.logs import get_logger
from marketplace.rails.errors import DESTINATION_INVALID, RAIL_UNKNOWN
from marketplace.rails.events import DESTINATION_SET
from marketplace.rails.models import DESTINATION, PayoutDestination
from marketplace.rails.port import Rails, onboarding_rails

DESTINATION_LENGTH_MAX = 200

log = get_logger(__name__)


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
    # Two who set it at once follow each other, also where there is no row yet.
    advisory_xact_lock(session, f"payout_destination {payee_id}")
    stored = session.get(PayoutDestination, (payee_id, rail), populate_existing=True)
    if stored is None:
        stored = PayoutDestination(payee_id=payee_id, rail=rail, payee_kind=payee_kind)
    DESTINATION.put(session, stored, cleaned)
    stored.changed_at = market_now(session)
    session.add(stored)
    session.flush()
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
    digests = DESTINATION.digests(session, destination, rail)
    statement = (
        update(PayoutDestination)
        .where(PayoutDestination.rail == rail, PayoutDestination.destination_digest.in_(digests))
        .values(changed_at=func.market_now())
    )
    return bool(session.execute(statement.returning(PayoutDestination.payee_id)).all())


def destination_of(session: Session, payee_id: uuid.UUID, rail: str) -> str | None:
    """Where the payee is paid on the rail; None when it was never said, or cannot be read. Never shown but masked."""
    return destinations_of(session, rail, [payee_id]).get(payee_id)


def shown_destination(session: Session, payee_id: uuid.UUID, rail: str) -> str | None:
    """`destination_of` as it may be shown to the payee: masked."""
    found = destination_of(session, payee_id, rail)
    return None if found is None else masked(found)


def destinations_of(session: Session, rail: str, payee_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where these payees are paid on the rail; who never said it, or whose cannot be read, is left out.

    What cannot be read, because its key is gone, is logged: it keeps nobody else from being paid.
    """
    rows = session.scalars(
        select(PayoutDestination).where(PayoutDestination.rail == rail, PayoutDestination.payee_id.in_(payee_ids))
    )
    found = {}
    for row in rows:
        try:
            found[row.payee_id] = DESTINATION.get(session, row)
        except DomainError as problem:
            log.warning("payout_destination_unreadable", rail=rail, payee=str(row.payee_id), problem=problem.detail)
    return found


def payees_at(session: Session, rail: str, destination: str) -> Sequence[uuid.UUID]:
    """Who is paid at this destination of the rail."""
    digests = DESTINATION.digests(session, destination, rail)
    return session.scalars(
        select(PayoutDestination.payee_id).where(
            PayoutDestination.rail == rail, PayoutDestination.destination_digest.in_(digests)
        )
    ).all()
