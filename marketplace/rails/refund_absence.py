"""Refunds that no rail answered: looked for, and after a day ordered anew, as another attempt, by two people."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, DomainError
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.rails.errors import REFUND_TWO_PEOPLE
from marketplace.rails.events import REFUND_RETRIED
from marketplace.rails.freezing import require_unfrozen
from marketplace.rails.models import Refund, RefundEvent
from marketplace.rails.port import REPLAY_UNTIL

LOOKS_APART: Final = dt.timedelta(hours=1)
"""A refund counts as absent only when two looks this far apart did not find it."""

_LOG = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A refund without an answer: `why_not` says why nobody may order it anew yet, "" where they may."""

    refund: Refund
    agreed_by: tuple[uuid.UUID, ...]
    why_not: str


def note_not_found(session: Session, refund: Refund) -> None:
    """The rail was asked for a locked refund and knows of none; kept once an hour, however often it is asked."""
    now = real_now(session)
    last = session.scalar(
        select(func.max(RefundEvent.real_at)).where(
            RefundEvent.refund_id == refund.id,
            RefundEvent.attempt == refund.attempt,
            RefundEvent.kind == "not_found",
        )
    )
    if last is None or now - last >= LOOKS_APART:
        _LOG.error("refund_not_found_at_rail", refund=public("refund", refund.id))
        session.add(RefundEvent(refund_id=refund.id, kind="not_found", attempt=refund.attempt, real_at=now))
        session.flush()


def unanswered(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Unanswered]:
    """Refunds of which no rail said for 23 hours whether it made them, newest first. Needs payout_run.read."""
    actor.require("payout_run.read")
    wanted = select(Refund).where(
        Refund.state == "pending",
        Refund.reference.is_(None),
        Refund.first_asked_at <= real_now(session) - REPLAY_UNTIL,
    )
    page = paginate(session, wanted, keys=[Refund.id], cursor=cursor, limit=limit, descending=True)
    return Page([_seen(session, refund) for refund in page.data], page.next_cursor)


def agree_absent(session: Session, actor: Actor, refund_id: uuid.UUID) -> Refund:
    """Say, as one of two people, that a refund never reached the rail; the second word lets it be ordered anew.

    Only when it is too old to be sent again under its key, and two looks at the rail at least an hour apart did not
    find it. The sweep then sends the next attempt. Needs payout_run.approve. Raises payouts_frozen, not_found,
    state_conflict, refund_two_people.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    refund = session.get(Refund, refund_id, with_for_update=True, populate_existing=True)
    if refund is None:
        raise NOT_FOUND.error("There is no refund with this id.", noun="refund")
    _require_absent(session, refund)
    agreed = _agreed_by(session, refund)
    if actor.person in agreed:
        raise REFUND_TWO_PEOPLE.error("You said so already; another person must agree.")
    session.add(RefundEvent(refund_id=refund.id, kind="absence_agreed", attempt=refund.attempt, person_id=actor.person))
    if agreed:
        refund.attempt += 1
        refund.first_asked_at = None
        body = {
            "deposit": public("deposit", refund.deposit_id),
            "rail": refund.rail,
            "amount": refund.money.to_wire(),
            "attempt": refund.attempt,
            "people": [public("person", person_id) for person_id in (*agreed, actor.person)],
        }
        record(session, REFUND_RETRIED, actor, subject=("refund", refund.id), body=body)
    session.flush()
    return refund


def _seen(session: Session, refund: Refund) -> Unanswered:
    try:
        _require_absent(session, refund)
    except DomainError as refusal:
        return Unanswered(refund, _agreed_by(session, refund), refusal.detail)
    return Unanswered(refund, _agreed_by(session, refund), "")


def _require_absent(session: Session, refund: Refund) -> None:
    """Refuse, with state_conflict, unless nobody can find it at the rail and it is too old to be sent again."""
    asked = refund.first_asked_at
    waits = refund.state == "pending" and refund.reference is None
    if not waits or asked is None or real_now(session) - asked < REPLAY_UNTIL:
        raise STATE_CONFLICT.error(
            "Only a refund that has had no answer for 23 hours can be declared absent.", current=refund.state
        )
    first, last, count = session.execute(
        select(func.min(RefundEvent.real_at), func.max(RefundEvent.real_at), func.count()).where(
            RefundEvent.refund_id == refund.id,
            RefundEvent.attempt == refund.attempt,
            RefundEvent.kind == "not_found",
        )
    ).one()
    if count < 2 or last - first < LOOKS_APART:
        raise STATE_CONFLICT.error(
            "Two looks at the rail, an hour apart, must have found nothing first.", current=refund.state
        )


def _agreed_by(session: Session, refund: Refund) -> tuple[uuid.UUID, ...]:
    people = select(RefundEvent.person_id).where(
        RefundEvent.refund_id == refund.id,
        RefundEvent.attempt == refund.attempt,
        RefundEvent.kind == "absence_agreed",
        RefundEvent.person_id.is_not(None),
    )
    return tuple(one for one in session.scalars(people.order_by(RefundEvent.id)) if one is not None)
