"""The freeze of payouts: while it lasts nobody prepares, approves, gives up, retries or sends one, or sends a refund.

After a restore the database has forgotten what was paid since the backup. Looking at the rail, adopting what it knows
and booking what it confirms go on meanwhile: they only bring back what is true already. One person freezes at once; one
asks that payouts be sent again, and another lets them.
"""

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, DomainError, FieldError
from marketplace.kernel.ids import new_id
from marketplace.rails.errors import PAYOUTS_FROZEN, UNFREEZE_TWO_PEOPLE
from marketplace.rails.events import LINE_ACKNOWLEDGED, PAYOUTS_ARE_FROZEN, PAYOUTS_ARE_LIFTED, PAYOUTS_LIFT_ASKED
from marketplace.rails.freeze_models import PayoutFreeze, PayoutFreezeEvent

RESTORED: Final = "the database was restored, and nobody has read the rails back yet"
"""Why payouts are frozen where nothing says that they may be sent."""

REASON_MAX: Final = 2_000
HISTORY_SHOWN: Final = 50


def current_freeze(session: Session) -> PayoutFreeze | None:
    """The freeze as it is now, None when payouts may be sent."""
    row = session.scalar(select(PayoutFreeze).execution_options(populate_existing=True))
    if row is None:
        return PayoutFreeze(single=True, frozen=True, reason=RESTORED)
    return row if row.frozen else None


def require_unfrozen(session: Session) -> None:
    """Refuse, with payouts_frozen, while payouts are frozen."""
    row = current_freeze(session)
    if row is not None:
        raise PAYOUTS_FROZEN.error(f"Payouts are frozen: {row.reason}. Two people of finance let them be sent again.")


def freeze(session: Session, actor: Actor, reason: str, read_from: dt.datetime | None) -> None:
    """Freeze payouts until every rail has been read back from `read_from` on (None: from the beginning).

    A freeze that stands goes on, and back to the earlier of both moments. Where nothing says that payouts may be sent,
    a person reaches back to the beginning: only who restored the database knows how old it is. What is being sent at
    this moment still is. Needs payout_run.approve. Raises invalid with /reason, /read_from.
    """
    actor.require("payout_run.approve")
    reason = _reason(reason)
    _refuse_future(session, read_from)
    standing = _locked(session)
    if standing is None and (actor.person_id is not None or actor.organization_id is not None):
        read_from = None
    if standing is not None and standing.frozen:
        reason = f"{standing.reason}; {reason}"
        read_from = min(read_from, standing.read_from) if read_from and standing.read_from else None
    _write(session, frozen=True, reason=reason, read_from=read_from)
    body = {"read_from": None if read_from is None else instant(read_from)}
    _note(session, actor, "frozen", PAYOUTS_ARE_FROZEN, body, reason)


def acknowledge(session: Session, actor: Actor, line: str, reason: str) -> None:
    """Say, for good, that a rail's line that the books do not know was looked into; it no longer keeps the freeze.

    `line` is its public id. Needs payout_run.approve. Raises invalid with /reason.
    """
    actor.require("payout_run.approve")
    reason = _reason(reason)
    _note(session, actor, "acknowledged", LINE_ACKNOWLEDGED, {"line": line}, reason)


def ask_to_lift(session: Session, actor: Actor, reason: str) -> None:
    """Ask, as the first of two people, that payouts be sent again; may be asked anew by anybody at any time.

    Needs payout_run.approve. Raises invalid with /reason, state_conflict when payouts are not frozen.
    """
    actor.require("payout_run.approve")
    reason = _reason(reason)
    require_frozen(session)
    if _locked(session) is None:
        _write(session, frozen=True, reason=RESTORED, read_from=None)
    _note(session, actor, "lift_asked", PAYOUTS_LIFT_ASKED, {}, reason)


def lift_asked(session: Session) -> PayoutFreezeEvent | None:
    """Who asked last that payouts be sent again, and why; None where nobody did since they were frozen."""
    if session.scalar(select(PayoutFreeze.frozen)) is not True:
        return None
    wanted = select(PayoutFreezeEvent).where(PayoutFreezeEvent.kind.in_(("frozen", "lift_asked", "lifted")))
    newest = session.scalar(wanted.order_by(PayoutFreezeEvent.real_at.desc(), PayoutFreezeEvent.id.desc()).limit(1))
    return newest if newest is not None and newest.kind == "lift_asked" else None


def require_second(session: Session, actor: Actor) -> PayoutFreezeEvent:
    """What the first person asked; refuses, with unfreeze_two_people, whoever is not the second of the two."""
    asked = lift_asked(session)
    if asked is None or asked.person_id == actor.person:
        raise UNFREEZE_TWO_PEOPLE.error("Nobody else has asked for it since payouts were frozen.")
    own = select(PayoutFreezeEvent.id).where(
        PayoutFreezeEvent.kind == "acknowledged",
        PayoutFreezeEvent.person_id == actor.person,
        PayoutFreezeEvent.real_at > asked.real_at,
    )
    if session.scalar(own.limit(1)) is not None:
        raise UNFREEZE_TWO_PEOPLE.error("You acknowledged a transfer that the other person has not seen.")
    return asked


def require_frozen(session: Session) -> PayoutFreeze:
    """The freeze that stands; raises state_conflict where none does."""
    found = current_freeze(session)
    if found is None:
        raise _not_frozen()
    return found


def freeze_history(session: Session, actor: Actor) -> list[PayoutFreezeEvent]:
    """What happened of late, the newest first. Needs payout_run.read."""
    actor.require("payout_run.read")
    wanted = select(PayoutFreezeEvent).order_by(PayoutFreezeEvent.id.desc())
    return list(session.scalars(wanted.limit(HISTORY_SHOWN)))


def lift(session: Session, actor: Actor, read_from: dt.datetime | None, asked_id: uuid.UUID) -> None:
    """Let payouts be sent again; `reconciliation.reading_back` does so once nothing is left to explain.

    The rails were read back from `read_from` on, as that of the two people had asked. Needs payout_run.approve. Raises
    state_conflict where payouts were frozen or asked for anew since, or are sent already; unfreeze_two_people.
    """
    actor.require("payout_run.approve")
    row = _locked(session)
    if row is None or not row.frozen:
        raise _not_frozen()
    asked = lift_asked(session)
    if row.read_from != read_from or asked is None or asked.id != asked_id:
        raise STATE_CONFLICT.error(
            "Payouts were frozen, or it was asked, anew while the rails were read back. Look at it, and begin anew.",
            noun="payout_freeze",
            current="frozen",
        )
    require_second(session, actor)
    _write(session, frozen=False, reason=None, read_from=None)
    _note(session, actor, "lifted", PAYOUTS_ARE_LIFTED, {})


def _locked(session: Session) -> PayoutFreeze | None:
    """The row as it is now, which nobody else changes meanwhile."""
    return session.scalar(select(PayoutFreeze).with_for_update().execution_options(populate_existing=True))


def _not_frozen() -> DomainError:
    return STATE_CONFLICT.error("Payouts are not frozen.", noun="payout_freeze", current="lifted")


def _reason(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= REASON_MAX:
        message = f"Say why, in 1 to {REASON_MAX} characters."
        raise INVALID.error(message, errors=[FieldError("/reason", "text_length", message)])
    return text


def _refuse_future(session: Session, read_from: dt.datetime | None) -> None:
    # Market time, ahead of the real one only in a trial: the rails of a trial tell it too.
    if read_from is not None and read_from > market_now(session):
        message = "From a moment to come on there is nothing to read back."
        raise INVALID.error(message, errors=[FieldError("/read_from", "in_the_future", message)])


def _write(session: Session, **values: Any) -> None:
    row = insert(PayoutFreeze).values(single=True, **values)
    session.execute(row.on_conflict_do_update(index_elements=["single"], set_=values))


def _note(
    session: Session, actor: Actor, kind: str, event: EventKind, body: dict[str, Any], reason: str | None = None
) -> None:
    kept = body if reason is None else {**body, "reason": reason}
    told = body if reason is None else {**body, "reason_commitment": said(reason)}
    noted = PayoutFreezeEvent(id=new_id(), kind=kind, person_id=actor.person_id, body=kept)
    session.add(noted)
    record(session, event, actor, subject=("payout_freeze", noted.id), body=told)
    session.flush()
