"""Finance holds what is due to a payee: for a reason in words, and for a time.

A hold is a row; that it is in force is asked wherever money would move. So it counts at once and ends by itself, and
the sweeps that hold and release for any other reason move the money to 2150 and back. A payout that was handed to a
rail is not stopped: whoever sends one takes `lock_pay` before they look, as does who places a hold.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, any_, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.reasons import require_reason
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import among
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.settlement import holding, payees
from marketplace.settlement.errors import HOLD_BY_OTHERS, HOLD_TOO_LONG
from marketplace.settlement.events import PAY_HOLD_CONFIRMED, PAY_HOLD_PLACED, PAY_HOLD_RELEASED
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.states import PAYEE_NOUNS
from marketplace.work.accepting import ids_digest

ALONE_DAYS: Final = 7
"""So many days in WINDOW_DAYS one person alone may hold a worker's pay, by all holds that nobody else confirmed."""

WINDOW_DAYS: Final = 90
"""In so many days all holds of a worker together take no more than the setting says."""

INSTALLMENTS_MAX: Final = 1000
"""Most installments of one hold that does not hold all of a payee's."""

_HOLDABLE: Final = ("scheduled", "due", "advanced", "in_payout", "held")


def hold_payee(
    session: Session, actor: Actor, payee_id: uuid.UUID, reason: str, ends_on: dt.date | None, *, days_max: int
) -> PayHold:
    """Hold all that a worker or a layer is owed, and what falls due meanwhile, until a market day.

    Without a day it holds until it is released, and a worker's for `days_max` days: as long as all holds of a worker
    together may take in WINDOW_DAYS. Beyond ALONE_DAYS it waits for another person to confirm it. What is on its way is
    not stopped. Needs pay.hold, and by nobody whom it concerns.
    Raises forbidden, not_found, invalid, hold_by_others, hold_too_long.
    """
    return _place(session, actor, payee_id, None, reason, ends_on, days_max)


def hold_installments(
    session: Session,
    actor: Actor,
    installment_ids: Collection[uuid.UUID],
    reason: str,
    ends_on: dt.date | None,
    *,
    days_max: int,
) -> PayHold:
    """Hold these installments of one payee, which are not paid yet.

    As `hold_payee`; raises invalid for more than INSTALLMENTS_MAX or payees, and state_conflict for one that is over.
    """
    actor.require("pay.hold")
    if len(installment_ids) > INSTALLMENTS_MAX:
        message = f"These are more than {INSTALLMENTS_MAX} installments; hold the payee."
        raise INVALID.error(message, errors=[FieldError("", "out_of_range", message)])
    wanted = select(Installment).where(among(Installment.id, installment_ids))
    rows = session.scalars(wanted.execution_options(populate_existing=True)).all()
    if not rows or len(rows) != len(set(installment_ids)):
        raise NOT_FOUND.error("There is no installment with this id.", noun="installment")
    if len({row.payee_id for row in rows}) > 1:
        message = "These are due to more than one payee."
        raise INVALID.error(message, errors=[FieldError("", "out_of_range", message)])
    for row in rows:
        if row.state not in _HOLDABLE:
            raise STATE_CONFLICT.error(
                f"This installment is {row.state}: there is nothing to hold.", noun="installment", current=row.state
            )
    return _place(session, actor, rows[0].payee_id, sorted(row.id for row in rows), reason, ends_on, days_max)


def confirm_hold(session: Session, actor: Actor, hold_id: uuid.UUID) -> PayHold:
    """Confirm, as another person, a hold of a worker's pay for as long as it was asked for.

    Needs pay.hold. Raises forbidden, not_found, state_conflict when nothing is to be confirmed, hold_by_others.
    """
    actor.require("pay.hold")
    hold, now = _lock(session, hold_id), market_now(session)
    _refuse_own(session, actor, hold.payee_id)
    if actor.person == hold.placed_by:
        raise HOLD_BY_OTHERS.error("You placed this hold; another person must confirm it.")
    if not hold.to_confirm or hold.state_on(now.date()) != "holding":
        raise STATE_CONFLICT.error("Nothing of this hold is to be confirmed.", noun="pay_hold")
    hold.ends_on, hold.confirmed_by, hold.confirmed_at = hold.asked_until, actor.person, now
    session.flush()
    _record(session, PAY_HOLD_CONFIRMED, actor, hold, ends_on=None if hold.ends_on is None else day(hold.ends_on))
    return hold


def release_hold(session: Session, actor: Actor, hold_id: uuid.UUID, reason: str) -> PayHold:
    """End a hold before its day; what no other hold covers falls due again. Who placed it may, and any other.

    Needs pay.hold, and by nobody whom it concerns. Raises forbidden, not_found, invalid without a reason,
    hold_by_others, state_conflict for one that has ended.
    """
    actor.require("pay.hold")
    reason = require_reason(reason)
    hold, now = _lock(session, hold_id), market_now(session)
    _refuse_own(session, actor, hold.payee_id)
    state = hold.state_on(now.date())
    if state != "holding":
        raise STATE_CONFLICT.error(f"This hold is {state}.", noun="pay_hold", current=state, target="released")
    hold.released_by, hold.released_at, hold.release_reason = actor.person, now, reason
    session.flush()
    _record(session, PAY_HOLD_RELEASED, actor, hold, reason_commitment=said(reason))
    return hold


def lock_pay(session: Session, payee_id: uuid.UUID) -> None:
    """Order who sends to this payee and who places a hold on them; after the payout's row, where that is locked."""
    advisory_xact_lock(session, f"pay of {payee_id}")


def in_force(today: dt.date) -> ColumnElement[bool]:
    """Whether a hold holds on that market day."""
    return and_(PayHold.released_at.is_(None), or_(PayHold.ends_on.is_(None), PayHold.ends_on > today))


def covered(today: dt.date) -> ColumnElement[bool]:
    """Whether an installment is held by finance on that market day, alone or with all that its payee is owed."""
    these = or_(PayHold.installment_ids.is_(None), Installment.id == any_(PayHold.installment_ids))
    return select(PayHold.id).where(in_force(today), PayHold.payee_id == Installment.payee_id, these).exists()


def holds_payout(session: Session, payee_id: uuid.UUID, payout_id: uuid.UUID, today: dt.date) -> bool:
    """Whether finance holds the payee, or an installment in that payout of theirs."""
    its = select(Installment.id).where(
        Installment.payout_id == payout_id, Installment.id == any_(PayHold.installment_ids)
    )
    held = select(PayHold.id).where(
        in_force(today), PayHold.payee_id == payee_id, or_(PayHold.installment_ids.is_(None), its.exists())
    )
    return session.scalar(held.limit(1)) is not None


def held_payees(session: Session, today: dt.date) -> Sequence[uuid.UUID]:
    """The payees of whom finance holds something on that market day."""
    return session.scalars(select(PayHold.payee_id).where(in_force(today)).distinct()).all()


def _place(
    session: Session,
    actor: Actor,
    payee_id: uuid.UUID,
    installment_ids: list[uuid.UUID] | None,
    reason: str,
    ends_on: dt.date | None,
    days_max: int,
) -> PayHold:
    actor.require("pay.hold")
    reason, kind = require_reason(reason), payees.kind_of(session, payee_id)
    _refuse_own(session, actor, payee_id)
    # Whoever is just sending comes first; two holds at once would both count on the same days.
    lock_pay(session, payee_id)
    now = market_now(session)
    today = now.date()
    if ends_on is not None and ends_on <= today:
        message = "A hold ends on a day that is still to come."
        raise INVALID.error(message, errors=[FieldError("/ends_on", "out_of_range", message)])
    asked_until = None
    if kind == "worker":
        ends_on = ends_on or today + dt.timedelta(days=days_max)
        _check_days(session, payee_id, today, ends_on, days_max)
        alone_until = _alone_until(session, actor, payee_id, today, ends_on)
        if ends_on > alone_until:
            ends_on, asked_until = alone_until, ends_on
    hold = PayHold(
        id=new_id(),
        payee_kind=kind,
        payee_id=payee_id,
        installment_ids=installment_ids,
        reason=reason,
        ends_on=ends_on,
        asked_until=asked_until,
        placed_by=actor.person,
        placed_at=now,
    )
    session.add(hold)
    session.flush()
    _record(
        session,
        PAY_HOLD_PLACED,
        actor,
        hold,
        installments=None if installment_ids is None else len(installment_ids),
        digest=None if installment_ids is None else ids_digest(installment_ids),
        ends_on=None if ends_on is None else day(ends_on),
        asked_until=None if asked_until is None else day(asked_until),
        reason_commitment=said(reason),
    )
    return hold


def _check_days(session: Session, worker_id: uuid.UUID, today: dt.date, ends_on: dt.date, days_max: int) -> None:
    """Refuse, with hold_too_long, what would make all holds of the worker too long: each day counts once."""
    first = today - dt.timedelta(days=WINDOW_DAYS - days_max)
    days = set(_days(today, ends_on))
    for other in session.scalars(select(PayHold).where(PayHold.payee_id == worker_id, PayHold.ends_on > first)):
        end = other.ends_on
        if other.to_confirm and other.state_on(today) == "holding":
            end = other.asked_until
        days.update(_held_days(other, first, end or today))
    if len(days) > days_max:
        raise HOLD_TOO_LONG.error(
            f"Holds of this worker's pay would take {len(days)} days of {WINDOW_DAYS}; {days_max} are allowed.",
            days=len(days),
            days_max=days_max,
        )


def _alone_until(session: Session, actor: Actor, worker_id: uuid.UUID, today: dt.date, ends_on: dt.date) -> dt.date:
    """How long the actor alone may hold the worker's pay, at most until that day; raises hold_by_others for no day.

    Days in WINDOW_DAYS count, not days in a row: else a hold could be placed anew after a day on which no run paid.
    """
    first = today - dt.timedelta(days=WINDOW_DAYS - ALONE_DAYS)
    own = select(PayHold).where(
        PayHold.payee_id == worker_id,
        PayHold.placed_by == actor.person,
        PayHold.confirmed_by.is_(None),
        PayHold.ends_on > first,
    )
    days = {taken for one in session.scalars(own) for taken in _held_days(one, first, one.ends_on or today)}
    until = today
    while until < ends_on and len(days | {until}) <= ALONE_DAYS:
        days.add(until)
        until += dt.timedelta(days=1)
    if until == today:
        raise HOLD_BY_OTHERS.error(
            f"You held this worker's pay alone for {ALONE_DAYS} days of {WINDOW_DAYS}; another person must."
        )
    return until


def _held_days(hold: PayHold, first: dt.date, end: dt.date) -> list[dt.date]:
    """The days from the first on which it holds until that end, or until it was released; that day counts."""
    if hold.released_at is not None:
        end = min(end, hold.released_at.date() + dt.timedelta(days=1))
    return _days(max(first, hold.placed_at.date()), end)


def _days(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(days=number) for number in range((end - start).days)]


def _lock(session: Session, hold_id: uuid.UUID) -> PayHold:
    hold = session.get(PayHold, hold_id, with_for_update={"key_share": True}, populate_existing=True)
    if hold is None:
        raise NOT_FOUND.error("There is no hold with this id.", noun="pay_hold")
    return hold


def _refuse_own(session: Session, actor: Actor, payee_id: uuid.UUID) -> None:
    if payees.is_among(session, actor.person, [payee_id]):
        raise HOLD_BY_OTHERS.error("This is due to you or to your organization; others must decide on it.")


def _record(session: Session, kind: EventKind, actor: Actor, hold: PayHold, **more: Any) -> None:
    record(
        session,
        kind,
        actor,
        subject=("pay_hold", hold.id),
        body={"payee": public(PAYEE_NOUNS[hold.payee_kind], hold.payee_id), **more},
        **holding.audience(hold.payee_kind, hold.payee_id),
    )
