"""Sending payouts, each exactly once: intent is committed, the rail is asked outside any transaction, and only who
holds the lease of that call may write its outcome.

Tx B: state submitting, a lease, J5. The call, with the key of payout and attempt. Tx C: compare-and-set on (state,
attempt, lease) and the outcome. A crash between any two of these leaves a state from which `recovering` goes on.
"""

import uuid
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.payouts.approving import lock_payouts, lock_run
from marketplace.payouts.calling import Call, ask, lock_payout, take_lease, write_outcome
from marketplace.payouts.cancelling import cancel_payouts
from marketplace.payouts.events import RUN_DONE, RUN_STARTED
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.outcomes import submit
from marketplace.payouts.quoting import may_be_sent, take_wanted_quotes
from marketplace.payouts.recovering import confirm_sent
from marketplace.payouts.states import FINISHED, PAYOUT_RUN
from marketplace.payouts.worker_first import workers_below_are_paid
from marketplace.rails.bank_refusals import is_stopped
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.rails.freezing import current_freeze, require_unfrozen
from marketplace.rails.port import Rails, Transactions
from marketplace.settlement.defaulting import is_held
from marketplace.settlement.pay_holds import holds_payout, lock_pay
from marketplace.settlement.payability import why_unpayable
from marketplace.settlement.states import LAYER_DEFAULT

log = get_logger(__name__)

SEND_MAX = 200
"""Most payouts sent in one go; a larger run goes on with the next tick of the sweep."""

PATIENCE = 10
"""So many orders in a row that a rail certainly did not execute, and the rest of the run waits for the next tick: a
rail that has too many calls, or that cannot be reached, is not helped by more, and each try costs two journals."""


def execute_run(transactions: Transactions, actor: Actor, rails: Rails, run_id: uuid.UUID) -> Mapping[str, int]:
    """Send an approved run: the workers' payouts, then each margin's whose workers are paid; the rest waits.

    What waits, and what is beyond SEND_MAX, the sweep `advance_runs` goes on with. May be called again at any time;
    what was sent stays sent. Returns the number of payouts in each state. Needs
    payout_run.execute. Raises payouts_frozen, not_found, state_conflict, rail_unknown.
    """
    actor.require("payout_run.execute")
    with transactions() as session:
        require_unfrozen(session)
        run = lock_run(session, run_id)
        if run.rail not in rails:
            raise RAIL_UNKNOWN.error(f"This service is not connected to the rail {run.rail}.", rail=run.rail)
        if run.state != "executing":
            PAYOUT_RUN.check(run.state, "executing")
            run.state, run.executed_by, run.executed_at = "executing", actor.person_id, market_now(session)
            run.version += 1
            count = len(lock_payouts(session, run_id))
            record(session, RUN_STARTED, actor, subject=("payout_run", run.id), body={"payouts": count})
    return _advance(transactions, actor, rails, run_id)


def advance_runs(transactions: Transactions, rails: Rails) -> int:
    """Sweep: go on with every run that is executing; returns how many there are, none while payouts are frozen."""
    with transactions() as session:
        if current_freeze(session) is not None:
            return 0
        run_ids = [
            run_id
            for run_id, rail in session.execute(
                select(PayoutRun.id, PayoutRun.rail).where(PayoutRun.state == "executing").order_by(PayoutRun.id)
            )
            if rail in rails
        ]
    for run_id in run_ids:
        _advance(transactions, system_actor("advance_runs"), rails, run_id)
    return len(run_ids)


def _advance(transactions: Transactions, actor: Actor, rails: Rails, run_id: uuid.UUID) -> Mapping[str, int]:
    left, deferred = SEND_MAX, 0
    take_wanted_quotes(transactions, rails)
    for payee_kind in ("worker", "layer"):
        for payout_id in _approved(transactions, run_id, payee_kind):
            if not left or deferred == PATIENCE:
                break
            state = _try_to_send(transactions, actor, rails, payout_id)
            if state is not None:
                left -= 1
                deferred = deferred + 1 if state == "approved" else 0
        confirm_sent(transactions, rails)
    return _finish(transactions, actor, run_id)


def _try_to_send(transactions: Transactions, actor: Actor, rails: Rails, payout_id: uuid.UUID) -> str | None:
    """As `send_payout`; one that cannot be sent, such as from an account that was damaged, keeps no other waiting."""
    try:
        return send_payout(transactions, actor, rails, payout_id)
    except (DomainError, DBAPIError):
        log.exception("payout_not_sent", payout=public("payout", payout_id))
        return None


def _approved(transactions: Transactions, run_id: uuid.UUID, payee_kind: str) -> list[uuid.UUID]:
    with transactions() as session:
        return list(
            session.scalars(
                select(Payout.id)
                .where(Payout.run_id == run_id, Payout.state == "approved", Payout.payee_kind == payee_kind)
                .order_by(Payout.id)
            )
        )


def send_payout(transactions: Transactions, actor: Actor, rails: Rails, payout_id: uuid.UUID) -> str | None:
    """Send one approved payout of an executing run; returns its state then.

    None when it was not for us to send: it waits for workers below or for a rate, another sender has it, it is not
    approved or no longer at the rate that counts now, payouts are frozen, or its layer is in default since, or the
    payee's bank takes nothing, or finance holds what it pays: then it is cancelled and what it would have paid held.
    """
    begun = _begin(transactions, actor, payout_id)
    if begun is None:
        return None
    rail, call = begun
    return write_outcome(transactions, actor, call, ask(rails[rail], call.instruction))


def _begin(transactions: Transactions, actor: Actor, payout_id: uuid.UUID) -> tuple[str, Call] | None:
    """Tx B. Two senders meet at the row's lock: one passes, the other skips or finds it submitting."""
    with transactions() as session:
        payout = lock_payout(session, payout_id, skip_locked=True)
        if payout is None or payout.state != "approved" or current_freeze(session) is not None:
            return None
        if payout.payee_kind == "layer" and is_held(session, payout.contract_id, payout.payee_id):
            cancel_payouts(session, actor, [payout], hold_reason=LAYER_DEFAULT)
            return None
        if is_stopped(session, payout.payee_id, payout.rail):
            # Due again, where the payee is paid on another rail as well.
            cancel_payouts(session, actor, [payout], why_unpayable(session, [payout.payee_id]).get(payout.payee_id))
            return None
        # Who places a hold waits for this transaction, or has committed before this look: never both.
        lock_pay(session, payout.payee_id)
        if holds_payout(session, payout.payee_id, payout.id, market_now(session).date()):
            # Due again; what of it is held goes aside by the sweep, the rest into the next run.
            cancel_payouts(session, actor, [payout])
            return None
        run_state = session.scalar(select(PayoutRun.state).where(PayoutRun.id == payout.run_id))
        if run_state != "executing" or not workers_below_are_paid(session, payout):
            return None
        if not may_be_sent(session, actor, payout):
            return None
        submit(session, actor, payout)
        return payout.rail, take_lease(session, payout)


def _finish(transactions: Transactions, actor: Actor, run_id: uuid.UUID) -> Mapping[str, int]:
    """The run is done once every payout ended; returns the number of payouts in each state."""
    with transactions() as session:
        run = lock_run(session, run_id)
        states = Counter(session.scalars(select(Payout.state).where(Payout.run_id == run_id)))
        if run.state == "executing" and all(state in FINISHED for state in states):
            run.state, run.done_at = "done", market_now(session)
            run.version += 1
            body = {"settled": states.total() - states["cancelled"], "cancelled": states["cancelled"]}
            record(session, RUN_DONE, actor, subject=("payout_run", run.id), body=body)
        return states
