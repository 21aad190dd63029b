"""Reads: what finance holds, and what it held."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.pay_holds import in_force

STATES: Final = ("holding", "released", "ended")
OWN_MAX: Final = 20
"""Most holds that a payee is told of at once."""


def pay_holds(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    payee_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[PayHold]:
    """The holds of one state, or all, the newest first; optionally of one payee. Needs payout_run.read."""
    actor.require("payout_run.read")
    wanted: Select[Any] = select(PayHold)
    if state is not None:
        wanted = wanted.where(_in_state(state, market_now(session).date()))
    if payee_id is not None:
        wanted = wanted.where(PayHold.payee_id == payee_id)
    return paginate(session, wanted, keys=[PayHold.id], cursor=cursor, limit=limit, descending=True)


def pay_hold(session: Session, actor: Actor, hold_id: uuid.UUID) -> PayHold:
    """One hold; raises forbidden without payout_run.read, not_found."""
    actor.require("payout_run.read")
    found = session.get(PayHold, hold_id)
    if found is None:
        raise NOT_FOUND.error("There is no hold with this id.", noun="pay_hold")
    return found


def holds_on(session: Session, payee_id: uuid.UUID) -> Sequence[PayHold]:
    """What finance holds of one payee now, the oldest first; at most OWN_MAX."""
    wanted = select(PayHold).where(PayHold.payee_id == payee_id, in_force(market_now(session).date()))
    return session.scalars(wanted.order_by(PayHold.id).limit(OWN_MAX)).all()


def holds_at(session: Session, moment: dt.datetime) -> int:
    """How many holds were in force at a moment: a run that was prepared then left out what they hold."""
    held = and_(
        PayHold.placed_at <= moment,
        or_(PayHold.released_at.is_(None), PayHold.released_at > moment),
        or_(PayHold.ends_on.is_(None), PayHold.ends_on > moment.date()),
    )
    return session.scalar(select(func.count()).select_from(PayHold).where(held)) or 0


def _in_state(state: str, today: dt.date) -> ColumnElement[bool]:
    if state == "holding":
        return in_force(today)
    if state == "released":
        return PayHold.released_at.is_not(None)
    return and_(PayHold.released_at.is_(None), not_(in_force(today)))
