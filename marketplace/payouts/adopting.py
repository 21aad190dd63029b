"""Adopting: what a rail paid and this database has forgotten, because it was restored from a backup.

A transfer under the group of a payout that we know makes that payout sent, whatever state the backup kept it in. A
transfer of a payout made since the backup is rebuilt: what was due to its destination, as far as it sums to the cent.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now, real_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.payouts.approving import lock_payouts, lock_run
from marketplace.payouts.calling import find_paid, lock_payout
from marketplace.payouts.cancelling import cancel_payouts
from marketplace.payouts.events import RUN_STARTED
from marketplace.payouts.history import move, note
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.outcomes import apply_outcome, submit
from marketplace.payouts.quoting import quoted_as_paid
from marketplace.payouts.states import PAYOUT_RUN
from marketplace.rails.port import Accepted, Found, Rail, Transactions

NOT_ASKED: Final = ("draft", "approved", "refused")
"""States in which, as far as this database knows, no call of the rail is open."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A transfer that cannot be adopted, and why."""

    reference: str
    why: str


def adopt_known(
    transactions: Transactions, actor: Actor, rail: Rail, payee_kind: str
) -> tuple[list[uuid.UUID], list[Doubt]]:
    """Look for a transfer of every payout to workers, or to layers, that we believe was not sent.

    Returns the payouts adopted and what is in doubt. Raises rail_silent: without an answer nothing may be concluded.
    """
    with transactions() as session:
        payout_ids = payouts_not_asked(session, rail, payee_kind)
    adopted, doubts = [], []
    for payout_id in payout_ids:
        paid = find_paid(rail, public("payout", payout_id))
        if not paid:
            continue
        with transactions() as session:
            doubt = _adopt(session, actor, payout_id, paid)
        if doubt is None:
            adopted.append(payout_id)
        else:
            doubts.append(doubt)
    return adopted, doubts


def payouts_not_asked(
    session: Session, rail: Rail, payee_kind: str, *conditions: ColumnElement[bool]
) -> Sequence[uuid.UUID]:
    """Payouts over the rail to workers, or to layers, that we believe were not sent, by id."""
    wanted = select(Payout.id).where(
        Payout.rail == rail.name, Payout.state.in_(NOT_ASKED), Payout.payee_kind == payee_kind, *conditions
    )
    return session.scalars(wanted.order_by(Payout.id)).all()


def lock_not_asked(session: Session, payout_ids: Collection[uuid.UUID]) -> list[Payout]:
    """Of these payouts those of which that is still so, locked with their runs."""
    runs = select(Payout.run_id).where(Payout.id.in_(payout_ids)).distinct().order_by(Payout.run_id)
    found = []
    for run_id in session.scalars(runs).all():
        lock_run(session, run_id)
        found += [one for one in lock_payouts(session, run_id) if one.id in payout_ids and one.state in NOT_ASKED]
    return found


def _adopt(session: Session, actor: Actor, payout_id: uuid.UUID, paid: Sequence[Found]) -> Doubt | None:
    run = lock_run(session, session.scalars(select(Payout.run_id).where(Payout.id == payout_id)).one())
    payout = lock_payout(session, payout_id)
    assert payout is not None
    found = paid[0]
    if len(paid) > 1:
        return Doubt(found.reference, f"the rail made {len(paid)} transfers for {public('payout', payout_id)}")
    if DESTINATION.get(session, payout) != found.destination or not quoted_as_paid(
        session, actor, payout, found.amount
    ):
        return Doubt(found.reference, f"it differs from {public('payout', payout_id)} in amount or destination")
    if payout.state not in NOT_ASKED:
        return None
    _set_out(session, actor, run)
    body = {"reference": found.reference, "key": found.key}
    if payout.state == "approved":
        note(session, payout, "adopted", body=body)
    else:
        move(session, payout, "approved", "adopted", body=body)
    take_over(session, actor, payout, found)
    return None


def take_over(session: Session, actor: Actor, payout: Payout, found: Found) -> None:
    """Write of an approved, locked payout that the rail made this transfer: J5, and from approved to sent."""
    payout.attempt = max(payout.attempt, int(found.key.rpartition(":")[2]))
    payout.first_asked_at, payout.refusal_code = real_now(session), None
    submit(session, actor, payout)
    apply_outcome(session, actor, payout, Accepted(found.reference))


def _set_out(session: Session, actor: Actor, run: PayoutRun) -> None:
    """A run of which something was sent had been approved and begun, though the backup is older than that."""
    while run.state != "executing":
        following = "approved" if run.state == "prepared" else "executing"
        PAYOUT_RUN.check(run.state, following)
        run.state = following
        run.version += 1
        if following == "executing":
            run.executed_at = market_now(session)
            count = len(lock_payouts(session, run.id))
            record(session, RUN_STARTED, actor, subject=("payout_run", run.id), body={"payouts": count})
    session.flush()


def give_up_drafts(session: Session, actor: Actor, rail: Rail) -> int:
    """Cancel the drafts left over in runs that were set out: the rail knows nothing of them, so they are due again.

    Who approved the run was lost with the backup's age, so that nobody's word stands for sending the rest of it.
    """
    wanted = (
        select(Payout.run_id)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(Payout.rail == rail.name, Payout.state == "draft", PayoutRun.state == "executing")
    )
    given_up = 0
    for run_id in session.scalars(wanted.distinct().order_by(Payout.run_id)).all():
        lock_run(session, run_id)
        drafts = [payout for payout in lock_payouts(session, run_id) if payout.state == "draft"]
        cancel_payouts(session, actor, drafts)
        given_up += len(drafts)
    return given_up
