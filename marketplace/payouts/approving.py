"""Approving a run, calling it or one refused payout off, holding one. Nobody approves what they prepared."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.payouts.cancelling import cancel_payouts
from marketplace.payouts.errors import PAYOUT_TWO_PEOPLE
from marketplace.payouts.events import PAYOUT_APPROVED, PAYOUT_RETRIED, RUN_APPROVED, RUN_CANCELLED
from marketplace.payouts.history import move
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.outcomes import payout_fields
from marketplace.payouts.states import IN_FLIGHT, PAYOUT_RUN
from marketplace.rails.freezing import require_unfrozen
from marketplace.settlement.holding import audience
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.pay_holds import hold_installments, lock_pay
from marketplace.settlement.payees import is_among


def lock_run(session: Session, run_id: uuid.UUID) -> PayoutRun:
    """The run, locked to the end of the transaction; raises not_found."""
    run = session.scalar(
        select(PayoutRun)
        .where(PayoutRun.id == run_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NOT_FOUND.error("There is no payout run with this id.", noun="payout_run")
    return run


def lock_payouts(session: Session, run_id: uuid.UUID) -> list[Payout]:
    """All payouts of the run, locked in the order of their ids."""
    return list(
        session.scalars(
            select(Payout)
            .where(Payout.run_id == run_id)
            .order_by(Payout.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )


def approve_run(session: Session, actor: Actor, run_id: uuid.UUID) -> PayoutRun:
    """Approve a prepared run: its payouts may be sent.

    Needs payout_run.approve, held by another person than who prepared it and by nobody whom it pays, in person or
    through an organization. Raises payouts_frozen, not_found, state_conflict, payout_two_people.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    run = lock_run(session, run_id)
    PAYOUT_RUN.check(run.state, "approved")
    payouts = _standing(lock_payouts(session, run_id))
    require_second_person(session, actor.person, run, payouts)
    run.state, run.approved_by, run.approved_at = "approved", actor.person, market_now(session)
    run.version += 1
    for payout in payouts:
        move(session, payout, "approved", "approved", person_id=actor.person)
    record(
        session,
        RUN_APPROVED,
        actor,
        subject=("payout_run", run.id),
        body={
            "prepared_by": public("person", run.prepared_by),
            "approved_by": public("person", actor.person),
            "payouts": len(payouts),
        },
    )
    session.flush()
    return run


def cancel_run(session: Session, actor: Actor, run_id: uuid.UUID) -> PayoutRun:
    """Call a run off before it is sent: all its installments are due again.

    Needs payout_run.prepare or payout_run.approve. Raises payouts_frozen, not_found, state_conflict.
    """
    if not actor.may("payout_run.approve"):
        actor.require("payout_run.prepare")
    require_unfrozen(session)
    run = lock_run(session, run_id)
    PAYOUT_RUN.check(run.state, "cancelled")
    payouts = _standing(lock_payouts(session, run_id))
    cancel_payouts(session, actor, payouts)
    run.state = "cancelled"
    run.version += 1
    record(session, RUN_CANCELLED, actor, subject=("payout_run", run.id), body={"payouts": len(payouts)})
    session.flush()
    return run


def retry_payout(session: Session, actor: Actor, payout_id: uuid.UUID) -> Payout:
    """Let a payout that the rail refused for certain be sent again, as the next attempt with a key of its own.

    Needs payout_run.approve under the same rule of two people. Raises payouts_frozen, not_found, state_conflict,
    payout_two_people.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    payout, run = _lock_payout_and_run(session, payout_id)
    # The table of moves knows others to approved, such as from submitting: those may have reached the rail.
    _require_refused(payout, "approved", "only a refused one can be sent again")
    require_second_person(session, actor.person, run, [payout])
    move(session, payout, "approved", "retried", person_id=actor.person, body={"refused": payout.refusal_code})
    payout.attempt += 1
    payout.first_asked_at = payout.refusal_code = None
    body = {
        "run": public("payout_run", run.id),
        "amount": payout.money.to_wire(),
        "attempt": payout.attempt,
        "by": public("person", actor.person),
    }
    record(session, PAYOUT_RETRIED, actor, subject=("payout", payout.id), body=body)
    session.flush()
    return payout


def approve_payout(session: Session, actor: Actor, payout_id: uuid.UUID) -> Payout:
    """Approve one payout whose new rate is worse for the payee than what they were shown before; then it may be sent.

    Needs payout_run.approve under the same rule of two people. Raises payouts_frozen, not_found, state_conflict,
    payout_two_people.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    payout, run = _lock_payout_and_run(session, payout_id)
    if payout.state != "draft" or run.state != "executing":
        raise STATE_CONFLICT.error(
            f"This payout is {payout.state} in a run that is {run.state}; only one that waits for approval of a new "
            "rate while its run is sent can be approved alone.",
            noun="payout",
            current=payout.state,
            target="approved",
        )
    require_second_person(session, actor.person, run, [payout])
    move(session, payout, "approved", "approved_again", person_id=actor.person, body={"paid": payout.paid.to_wire()})
    body = {**payout_fields(payout), "paid": payout.paid.to_wire(), "by": public("person", actor.person)}
    record(
        session,
        PAYOUT_APPROVED,
        actor,
        subject=("payout", payout.id),
        body=body,
        **audience(payout.payee_kind, payout.payee_id),
    )
    session.flush()
    return payout


def cancel_payout(session: Session, actor: Actor, payout_id: uuid.UUID, hold_reason: str | None = None) -> Payout:
    """Give up one payout that is not on its way: its installments are due again, or held with a reason.

    Only what was refused can be held: a hold may let margins pass the worker. Needs payout_run.approve. Raises
    payouts_frozen, not_found, state_conflict.
    """
    actor.require("payout_run.approve")
    require_unfrozen(session)
    payout, _ = _lock_payout_and_run(session, payout_id)
    if hold_reason is not None:
        _require_refused(payout, "cancelled", "only the installments of a refused one can be held")
    cancel_payouts(session, actor, [payout], hold_reason)
    return payout


def hold_payout(
    session: Session, actor: Actor, payout_id: uuid.UUID, reason: str, ends_on: dt.date | None, *, days_max: int
) -> PayHold:
    """Give up one payout that is not on its way, and hold its installments as `hold_installments` does.

    Needs pay.hold. Raises payouts_frozen, not_found, state_conflict, and what `hold_installments` raises.
    """
    actor.require("pay.hold")
    require_unfrozen(session)
    payout, _ = _lock_payout_and_run(session, payout_id)
    ids = session.scalars(select(Installment.id).where(Installment.payout_id == payout_id)).all()
    cancel_payouts(session, actor, [payout])
    if not ids:
        raise STATE_CONFLICT.error("This payout pays only what earlier ones left over; hold its payee.", noun="payout")
    return hold_installments(session, actor, ids, reason, ends_on, days_max=days_max)


def hold_installment(
    session: Session, actor: Actor, installment_id: uuid.UUID, reason: str, ends_on: dt.date | None, *, days_max: int
) -> PayHold:
    """Hold one installment as `hold_installments` does, also one in a payout that is not on its way.

    Needs pay.hold. Raises state_conflict for one that is, and what `hold_installments` raises.
    """
    actor.require("pay.hold")
    payee_id = session.scalar(select(Installment.payee_id).where(Installment.id == installment_id))
    if payee_id is not None:
        # Who is just sending has committed before this look, or waits and then sees the hold.
        lock_pay(session, payee_id)
        of_payout = select(Payout.state).join(Installment, Installment.payout_id == Payout.id)
        state = session.scalar(of_payout.where(Installment.id == installment_id))
        if state in IN_FLIGHT:
            raise STATE_CONFLICT.error(
                "This payout is on its way; hold its payee for what comes back.", noun="payout", current=state
            )
    return hold_installments(session, actor, [installment_id], reason, ends_on, days_max=days_max)


def _lock_payout_and_run(session: Session, payout_id: uuid.UUID) -> tuple[Payout, PayoutRun]:
    # The run first, as everybody does; which run a payout is of never changes.
    run_id = session.scalar(select(Payout.run_id).where(Payout.id == payout_id))
    if run_id is None:
        raise NOT_FOUND.error("There is no payout with this id.", noun="payout")
    run = lock_run(session, run_id)
    payout = session.scalars(
        select(Payout)
        .where(Payout.id == payout_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return payout, run


def _require_refused(payout: Payout, target: str, why: str) -> None:
    if payout.state != "refused":
        raise STATE_CONFLICT.error(
            f"This payout is {payout.state}; {why}.", noun="payout", current=payout.state, target=target
        )


def _standing(payouts: Sequence[Payout]) -> list[Payout]:
    """Without those that were given up one by one."""
    return [payout for payout in payouts if payout.state != "cancelled"]


def require_second_person(session: Session, person_id: uuid.UUID, run: PayoutRun, payouts: Sequence[Payout]) -> None:
    """Refuse, with payout_two_people, who prepared the run and whom one of the payouts pays."""
    if person_id == run.prepared_by:
        raise PAYOUT_TWO_PEOPLE.error("You prepared this payout run; another person must approve it.")
    if is_among(session, person_id, {payout.payee_id for payout in payouts}):
        raise PAYOUT_TWO_PEOPLE.error("This payout run pays you; another person must approve it.")
