"""Payouts whose outcome is not known, or not confirmed: the rail is asked, nothing is ever sent blindly again."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.logs import get_logger
from marketplace.payouts.calling import Call, ask, lock_payout, take_lease, write_outcome
from marketplace.payouts.errors import PAYOUT_TWO_PEOPLE
from marketplace.payouts.history import note
from marketplace.payouts.models import Payout, PayoutEvent
from marketplace.payouts.outcomes import apply_outcome, fits, settle
from marketplace.rails.freezing import current_freeze, require_unfrozen
from marketplace.rails.port import (
    REPLAY_UNTIL,
    Accepted,
    Found,
    PayoutOutcome,
    Rail,
    Rails,
    Refused,
    Transactions,
    Unknown,
)

LOOKS_APART: Final = dt.timedelta(hours=1)
"""A transfer counts as absent only when two looks this far apart did not find it."""

ABSENT: Final = Refused("not_found_at_rail", "Two looks an hour apart found no transfer, and two people agreed.")

log = get_logger(__name__)


def resolve_unknown(transactions: Transactions, rails: Rails, limit: int = 100) -> int:
    """Sweep: ask about every payout in submitting or unknown whose lease is over; returns how many were asked about.

    First by the payout's transfer group: what is found is adopted. Not found and young: the same key and parameters
    are sent again, unless payouts are frozen. Else the look is noted; once it is older than that and two looks found
    nothing, two people may agree that it never was.
    """
    with transactions() as session:
        payout_ids = list(
            session.scalars(
                select(Payout.id)
                .where(
                    Payout.state.in_(("submitting", "unknown")),
                    or_(Payout.lease_until.is_(None), Payout.lease_until < real_now(session)),
                    Payout.rail.in_(list(rails)),
                )
                .order_by(Payout.id)
                .limit(limit)
            )
        )
    actor = system_actor("resolve_unknown")
    return sum(_resolve(transactions, actor, rails, payout_id) for payout_id in payout_ids)


def _resolve(transactions: Transactions, actor: Actor, rails: Rails, payout_id: uuid.UUID) -> bool:
    taken = _take_over(transactions, actor, payout_id)
    if taken is None:
        return False
    rail, call, young = rails[taken[0]], taken[1], taken[2]
    outcome = _look(rail, call)
    if outcome is None and young:
        outcome = ask(rail, call.instruction)
    if outcome is None:
        with transactions() as session:
            payout = lock_payout(session, payout_id)
            if payout is not None and payout.lease_id == call.lease_id:
                payout.lease_id = payout.lease_until = None
                note(session, payout, "not_found")
        return True
    write_outcome(transactions, actor, call, outcome)
    return True


def _take_over(transactions: Transactions, actor: Actor, payout_id: uuid.UUID) -> tuple[str, Call, bool] | None:
    """A sender whose lease is over has lost the payout: it is unknown now, and this process asks."""
    with transactions() as session:
        payout = lock_payout(session, payout_id, skip_locked=True)
        now = real_now(session)
        # Under the lock: another process may have taken it over, or its sender may have come back in time.
        if payout is None or payout.state not in {"submitting", "unknown"}:
            return None
        if payout.lease_until is not None and payout.lease_until >= now:
            return None
        if payout.state == "submitting":
            apply_outcome(session, actor, payout, Unknown("the sender's lease is over"))
        call = take_lease(session, payout)
        assert payout.first_asked_at is not None
        young = now - payout.first_asked_at < REPLAY_UNTIL
        return payout.rail, call, young and current_freeze(session) is None


def _look(rail: Rail, call: Call) -> PayoutOutcome | None:
    """What the rail knows of the payout: an outcome to adopt, Unknown when it does not say, None when it has nothing.

    A transfer under another attempt's key counts too: the payee has the money.
    """
    try:
        found = rail.find_transfer(call.instruction.transfer_group)
    except Exception as problem:  # noqa: BLE001 - a rail that cannot be asked has told us nothing
        return Unknown(type(problem).__name__)
    paid = [transfer for transfer in found if transfer.refused is None]
    if paid:
        if len(paid) > 1:
            log.error("payout_found_twice", payout=call.instruction.transfer_group, transfers=len(paid))
        return Accepted(_same(call, paid).reference)
    refused = [transfer for transfer in found if transfer.key == call.instruction.key]
    return refused[0].refused if refused else None


def _same(call: Call, paid: list[Found]) -> Found:
    return next((transfer for transfer in paid if transfer.key == call.instruction.key), paid[0])


def confirm_sent(transactions: Transactions, rails: Rails, limit: int = 1000) -> int:
    """Sweep: settle every sent payout whose transfer the rail's balance shows, J6; returns how many.

    The line must carry the transfer's reference and exactly the amount, or, of a changed payout, about what that was
    worth in the currency owed; anything else is reconciliation's to explain.
    """
    settled = 0
    for name in sorted(rails):
        with transactions() as session:
            waiting = session.execute(
                select(Payout.id, Payout.rail_reference, Payout.created_at)
                .where(Payout.rail == name, Payout.state == "sent")
                .order_by(Payout.id)
                .limit(limit)
            ).all()
        if waiting:
            shown = _shown(rails[name], min(row.created_at for row in waiting))
            for row in waiting:
                if row.rail_reference in shown:
                    settled += _settle(transactions, row.id, shown[row.rail_reference])
    return settled


def _shown(rail: Rail, since: dt.datetime) -> dict[str, Money]:
    """What left our balance since then, by the reference of its transfer."""
    try:
        return {line.reference: -line.amount for line in rail.lines(since) if line.amount.amount < 0}
    except Exception as problem:  # noqa: BLE001 - a rail that cannot be asked has told us nothing; the sweep asks again
        log.warning("payout_confirmation_broke", rail=rail.name, problem=repr(problem))
        return {}


def _settle(transactions: Transactions, payout_id: uuid.UUID, left: Money) -> bool:
    with transactions() as session:
        payout = lock_payout(session, payout_id)
        if payout is None or payout.state != "sent":
            return False
        if not fits(payout, left):
            log.error("payout_amount_differs", payout=public("payout", payout_id), expected=payout.paid, left=left)
            return False
        settle(session, system_actor("confirm_sent"), payout, left)
        return True


def agree_absent(session: Session, actor: Actor, payout_id: uuid.UUID) -> Payout:
    """Say, as one of two people, that an unknown payout never reached the rail; the second word makes it refused.

    Only when it is too old to be sent again under its key, and two looks at the rail at least an hour apart did not
    find it. Then it may be retried as the next attempt. Needs payout_run.approve. Raises payouts_frozen, not_found,
    state_conflict, payout_two_people.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    payout = lock_payout(session, payout_id)
    if payout is None:
        raise NOT_FOUND.error("There is no payout with this id.", noun="payout")
    require_absent(session, payout)
    agreed = absence_agreed_by(session, payout)
    if actor.person in agreed:
        raise PAYOUT_TWO_PEOPLE.error("You said so already; another person must agree.")
    note(session, payout, "absence_agreed", person_id=actor.person)
    if agreed:
        apply_outcome(session, actor, payout, ABSENT)
    return payout


def require_absent(session: Session, payout: Payout) -> None:
    """Refuse, with state_conflict, unless nobody can find the payout at the rail and it is too old to be sent again."""
    first, last, count = session.execute(
        select(func.min(PayoutEvent.real_at), func.max(PayoutEvent.real_at), func.count()).where(
            PayoutEvent.payout_id == payout.id,
            PayoutEvent.attempt == payout.attempt,
            PayoutEvent.kind == "not_found",
        )
    ).one()
    asked = payout.first_asked_at
    if payout.state != "unknown" or asked is None or real_now(session) - asked < REPLAY_UNTIL:
        raise STATE_CONFLICT.error(
            "Only a payout that has been unknown for 23 hours can be declared absent.", current=payout.state
        )
    if payout.lease_until is not None and payout.lease_until >= real_now(session):
        # It may be finding the transfer at this moment, and could no longer say so.
        raise STATE_CONFLICT.error("The rail is just being asked; look again in two minutes.", current=payout.state)
    if count < 2 or last - first < LOOKS_APART:
        raise STATE_CONFLICT.error(
            "Two looks at the rail, an hour apart, must have found nothing first.", current=payout.state, looks=count
        )


def absence_agreed_by(session: Session, payout: Payout) -> list[uuid.UUID]:
    """Who said of this attempt that it never reached the rail."""
    people = select(PayoutEvent.person_id).where(
        PayoutEvent.payout_id == payout.id,
        PayoutEvent.attempt == payout.attempt,
        PayoutEvent.kind == "absence_agreed",
        PayoutEvent.person_id.is_not(None),
    )
    return [person_id for person_id in session.scalars(people.order_by(PayoutEvent.id)) if person_id is not None]
