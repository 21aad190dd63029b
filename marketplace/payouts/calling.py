"""One call of the rail: the lease that lets its outcome be written, the call itself, and the compare-and-set."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.logs import get_logger
from marketplace.payouts.models import DESTINATION, Payout
from marketplace.payouts.outcomes import apply_outcome
from marketplace.rails.errors import RAIL_SILENT
from marketplace.rails.port import Found, PayoutInstruction, PayoutOutcome, Rail, Transactions, Unknown

LEASE = dt.timedelta(minutes=2)
"""How long a call may take before others take it for lost; real time, longer than any rail's own time-out."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of the rail, and what must still be so for the outcome to be written."""

    instruction: PayoutInstruction
    state: str
    lease_id: uuid.UUID


def lock_payout(session: Session, payout_id: uuid.UUID, *, skip_locked: bool = False) -> Payout | None:
    """The payout, locked to the end of the transaction; None when there is none or, with `skip_locked`, it is busy."""
    return session.scalar(
        select(Payout)
        .where(Payout.id == payout_id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )


def take_lease(session: Session, payout: Payout) -> Call:
    """Give this process the right to write the outcome of the next call; the caller holds the payout's lock.

    Raises sealed_unreadable.
    """
    now = real_now(session)
    payout.lease_id = new_id()
    payout.lease_until = now + LEASE
    asked_before = payout.first_asked_at is not None
    payout.first_asked_at = payout.first_asked_at or now
    session.flush()
    destination, worth = DESTINATION.get(session, payout), payout.given if payout.changed else None
    instruction = PayoutInstruction(payout.id, payout.attempt, destination, payout.paid, asked_before, worth)
    return Call(instruction, payout.state, payout.lease_id)


def ask(rail: Rail, instruction: PayoutInstruction) -> PayoutOutcome:
    """Ask the rail to pay. An adapter that breaks has told us nothing: that is unknown, never refused."""
    try:
        return rail.pay_out(instruction)
    except Exception as problem:  # noqa: BLE001 - whatever went wrong, the transfer may have happened
        log.warning("payout_call_broke", payout=public("payout", instruction.payout_id), problem=repr(problem))
        return Unknown(type(problem).__name__)


def find_paid(rail: Rail, transfer_group: str) -> list[Found]:
    """The transfers under this group that were not refused. Raises rail_silent when the rail does not say."""
    try:
        found = rail.find_transfer(transfer_group)
    except Exception as problem:
        text = f"The rail {rail.name} does not say what became of {transfer_group} ({type(problem).__name__})."
        raise RAIL_SILENT.error(text, rail=rail.name) from problem
    return [transfer for transfer in found if transfer.refused is None]


def write_outcome(transactions: Transactions, actor: Actor, call: Call, outcome: PayoutOutcome) -> str | None:
    """Tx C: write the outcome if the payout still is as it was when the call began; returns the state it has then.

    None when somebody else took the payout over meanwhile: their word counts, and this one is only logged.
    """
    with transactions() as session:
        payout = lock_payout(session, call.instruction.payout_id)
        if (
            payout is None
            or (payout.state, payout.attempt) != (call.state, call.instruction.attempt)
            or payout.lease_id != call.lease_id
        ):
            log.warning("payout_lease_lost", payout=public("payout", call.instruction.payout_id), outcome=repr(outcome))
            return None
        apply_outcome(session, actor, payout, outcome)
        return payout.state
