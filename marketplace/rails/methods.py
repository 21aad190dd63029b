"""Where payees want to be paid: sealed in the database, shown masked, changed with a delay."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now, real_now
from marketplace.db.sealed import masked
from marketplace.db.sql import among
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.texts import say
from marketplace.logs import get_logger
from marketplace.rails.change_models import CHANGE, PayoutDestinationChange
from marketplace.rails.changing import Notice, Payee, ask, lock_payee, note, oldest_due, payee_of
from marketplace.rails.errors import DESTINATION_INVALID, RAIL_UNKNOWN
from marketplace.rails.events import CHANGE_CANCELLED, DESTINATION_CHANGED, DESTINATION_SET
from marketplace.rails.models import DESTINATION, PayoutDestination
from marketplace.rails.port import Rails, bank_rails, onboarding_rails
from marketplace.rails.states import DESTINATION_CHANGE

DESTINATION_LENGTH_MAX = 200

log = get_logger(__name__)


def set_destination(
    session: Session, actor: Actor, rails: Rails, rail_name: str, destination: str, notice: Notice
) -> PayoutDestination | PayoutDestinationChange:
    """Say where the actor is paid on a rail: their organization's margins, or a worker's own pay.

    A payee's first word counts at once; a change of it, and a second rail, wait: see `keep_destination`.
    Only on a rail that is here: who has a destination counts as payable, so that one on a rail that no run ever uses
    would keep the payee unpaid, not held, and the margins above waiting for ever (rule 8). And not on one that opens
    accounts itself (`onboarding`): what is typed there could be somebody else's. An account at a bank is checked by
    the rail. Raises forbidden, rail_unknown,
    destination_invalid, step_up_required.
    """
    if rail_name not in rails:
        message = say("There is no such rail here; there are: %(known)s.", known=tuple(sorted(rails)))
        raise RAIL_UNKNOWN.error(message, errors=[FieldError("/rail", RAIL_UNKNOWN.slug, message)])
    if rail_name in onboarding_rails(rails):
        message = say("This rail opens the account itself, on pages of its own; begin there instead of typing one.")
        raise DESTINATION_INVALID.error(message, errors=[FieldError("/destination", "destination_invalid", message)])
    bank = bank_rails(rails).get(rail_name)
    cleaned = destination if bank is None else bank.clean_account(destination)
    return keep_destination(session, actor, rail_name, cleaned, notice)


def keep_destination(
    session: Session, actor: Actor, rail: str, destination: str, notice: Notice | None = None
) -> PayoutDestination | PayoutDestinationChange:
    """As `set_destination`, for a destination that the rail gave.

    The first one of a payee on any rail takes effect at once, and so does the present one said again, which lets what
    was held for want of it fall due. Everything else waits (`changing`): a change is returned, of which the payee is
    told by `notice`. Raises forbidden, destination_invalid, step_up_required.
    """
    actor.require("payout_method.set")
    cleaned = destination.strip()
    if not 1 <= len(cleaned) <= DESTINATION_LENGTH_MAX or not cleaned.isprintable():
        message = say(
            "A destination has 1 to %(most)s visible characters.",
            most=DESTINATION_LENGTH_MAX,
        )
        raise DESTINATION_INVALID.error(message, errors=[FieldError("/destination", "destination_invalid", message)])
    payee = payee_of(actor)
    lock_payee(session, payee.id)
    present = destination_of(session, payee.id, rail)
    if has_destination(session, payee.id) and cleaned != present:
        if notice is None:
            raise ValueError("a payee is told of every change of where they are paid")
        return ask(session, actor, payee, rail, cleaned, present, notice)
    stored = _store(session, payee, rail, cleaned)
    record(
        session,
        DESTINATION_SET,
        actor,
        subject=payee.subject,
        organizations=payee.organizations,
        people=payee.people,
        body={"rail": rail},
    )
    return stored


def let_change_take_effect(session: Session) -> int:
    """Sweep: one change whose 48 hours are over, of any payee; returns how many took effect.

    Payouts that are prepared already keep where they go. One that cannot be read, because its key is gone, is dropped.
    """
    change = oldest_due(session)
    if change is None:
        return 0
    actor = system_actor("change_payout_destinations")
    now = real_now(session)
    try:
        destination = CHANGE.get(session, change)
    except DomainError as problem:
        log.warning("payout_destination_change_unreadable", change=str(change.id), problem=problem.detail)
        change.state, change.ended_at = "cancelled", now
        note(session, CHANGE_CANCELLED, actor, change)
        return 1
    DESTINATION_CHANGE.check(change.state, "effective")
    change.state, change.ended_at = "effective", now
    _store(session, Payee(change.payee_kind, change.payee_id), change.rail, destination)
    note(session, DESTINATION_CHANGED, actor, change)
    return 1


def _store(session: Session, payee: Payee, rail: str, destination: str) -> PayoutDestination:
    stored = session.get(PayoutDestination, (payee.id, rail), populate_existing=True)
    if stored is None:
        stored = PayoutDestination(payee_id=payee.id, rail=rail, payee_kind=payee.kind)
    elif stored.destination_digest not in DESTINATION.digests(session, destination, rail):
        stored.stopped_at = None  # that was of another account
    DESTINATION.put(session, stored, destination)
    stored.changed_at = market_now(session)
    session.add(stored)
    session.flush()
    return stored


def has_destination(session: Session, payee_id: uuid.UUID) -> bool:
    """Whether the payee has said where they are paid, on any rail."""
    said = select(PayoutDestination.rail).where(PayoutDestination.payee_id == payee_id)
    return session.scalar(said.limit(1)) is not None


def rails_of(session: Session, payee_id: uuid.UUID) -> list[str]:
    """The rails on which the payee has said where to be paid, by name."""
    wanted = select(PayoutDestination.rail).where(PayoutDestination.payee_id == payee_id)
    return list(session.scalars(wanted.order_by(PayoutDestination.rail)))


def note_ready(session: Session, rail: str, destination: str) -> bool:
    """The rail says that it can pay to this destination again: holds for want of that end, as if it was set anew.

    Says whether it is somebody's destination here.
    """
    return _note(session, rail, destination, "changed_at", "look_at", "told_at")


def note_told(session: Session, rail: str, destination: str) -> bool:
    """The rail hints that something changed at this destination: it is asked at once, and only its answer counts.

    Says whether it is somebody's destination here.
    """
    return _note(session, rail, destination, "look_at", "told_at")


def _note(session: Session, rail: str, destination: str, *moments: str) -> bool:
    digests = DESTINATION.digests(session, destination, rail)
    statement = (
        update(PayoutDestination)
        .where(PayoutDestination.rail == rail, PayoutDestination.destination_digest.in_(digests))
        .values(dict.fromkeys(moments, func.market_now()))
    )
    noted = session.execute(statement.returning(PayoutDestination.payee_id)).all()
    return bool(noted) or bool(_waiting_at(session, rail, digests))


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
        select(PayoutDestination).where(PayoutDestination.rail == rail, among(PayoutDestination.payee_id, payee_ids))
    )
    return {row.payee_id: said for row in rows if (said := read_destination(session, row)) is not None}


def read_destination(session: Session, row: PayoutDestination) -> str | None:
    """Where that is; None where it cannot be read, which is logged."""
    try:
        return DESTINATION.get(session, row)
    except DomainError as problem:
        log.warning("payout_destination_unreadable", rail=row.rail, payee=str(row.payee_id), problem=problem.detail)
        return None


def payees_at(session: Session, rail: str, destination: str) -> set[uuid.UUID]:
    """Who is paid at this destination of the rail, or asked to be, which a rail may know before this database does."""
    digests = DESTINATION.digests(session, destination, rail)
    present = select(PayoutDestination.payee_id).where(
        PayoutDestination.rail == rail, PayoutDestination.destination_digest.in_(digests)
    )
    return {*session.scalars(present), *_waiting_at(session, rail, digests)}


def _waiting_at(session: Session, rail: str, digests: Collection[bytes]) -> Sequence[uuid.UUID]:
    return session.scalars(
        select(PayoutDestinationChange.payee_id).where(
            PayoutDestinationChange.rail == rail,
            PayoutDestinationChange.destination_digest.in_(digests),
            PayoutDestinationChange.state == "waiting",
        )
    ).all()
