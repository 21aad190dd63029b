"""The freeze of payouts: while it lasts nobody prepares, approves, gives up, retries or sends one, or sends a refund.

After a restore the database has forgotten what was paid since the backup. Looking at the rail, adopting what it knows
and booking what it confirms go on meanwhile: they only bring back what is true already.
"""

import datetime as dt
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id
from marketplace.rails.errors import PAYOUTS_FROZEN
from marketplace.rails.events import LINE_ACKNOWLEDGED, PAYOUTS_ARE_FROZEN, PAYOUTS_ARE_LIFTED
from marketplace.rails.freeze_models import PayoutFreeze, PayoutFreezeEvent

RESTORED: Final = "the database was restored, and nobody has read the rails back yet"
"""Why payouts are frozen where nothing says that they may be sent."""


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
        raise PAYOUTS_FROZEN.error(
            f"Payouts are frozen: {row.reason}. Operations lift this with `piecework payouts unfreeze`."
        )


def freeze(session: Session, actor: Actor, reason: str, read_from: dt.datetime | None) -> None:
    """Freeze payouts until every rail has been read back from `read_from` on (None: from the beginning).

    A freeze that stands goes on, and back to the earlier of both moments. What is being sent at this moment still is.
    Needs payout_run.approve.
    """
    actor.require("payout_run.approve")
    standing = session.scalar(select(PayoutFreeze).with_for_update().execution_options(populate_existing=True))
    if standing is not None and standing.frozen:
        reason = f"{standing.reason}; {reason}"
        read_from = min(read_from, standing.read_from) if read_from and standing.read_from else None
    _write(session, frozen=True, reason=reason, read_from=read_from)
    body = {"read_from": None if read_from is None else instant(read_from)}
    _note(session, actor, "frozen", PAYOUTS_ARE_FROZEN, body, reason)


def acknowledge(session: Session, actor: Actor, line: str, reason: str) -> None:
    """Say, for good, that a rail's line that the books do not know was looked into; it no longer keeps the freeze.

    `line` is its public id. Needs payout_run.approve.
    """
    actor.require("payout_run.approve")
    _note(session, actor, "acknowledged", LINE_ACKNOWLEDGED, {"line": line}, reason)


def lift(session: Session, actor: Actor) -> None:
    """Let payouts be sent again; `reconciliation.reading_back` does so once nothing is left to explain."""
    actor.require("payout_run.approve")
    _write(session, frozen=False, reason=None, read_from=None)
    _note(session, actor, "lifted", PAYOUTS_ARE_LIFTED, {})


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
