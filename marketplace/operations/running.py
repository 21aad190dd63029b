"""Running operations: taken with a lease, run outside any transaction, ended by compare-and-set on the lease.

A process may be killed at any step: the lease runs out, and the operation is begun anew by whoever is free, at most
ATTEMPTS_MAX times. Any number of processes may call `run_due` at once.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.logs import get_logger
from marketplace.operations.errors import OPERATION_FAILED
from marketplace.operations.models import Operation
from marketplace.operations.run import (
    LEASE,
    STATEMENTS,
    CancelledError,
    InterruptedRunError,
    LeaseLostError,
    Outcome,
    Run,
    Runner,
    Transactions,
)
from marketplace.operations.starting import end
from marketplace.operations.states import OPERATION

ATTEMPTS_MAX: Final = 5
RETRY_SECONDS: Final = 5
"""Wait after the first failed attempt; doubled with each further one."""

LOST_MAX: Final = 100
ACTOR: Final = system_actor("run_operations")
log = get_logger(__name__)


def run_due(
    transactions: Transactions,
    runners: Mapping[str, Runner],
    *,
    places: int,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Run operations that are due, one after the other, until none is left; returns how many runs were begun.

    `runners` are those this process has, by kind. `places` is how many of these calls may run side by side in a
    process: with several, one organization never takes all of them. `stopping` says that the process is to end: then
    the run under way is given back and nothing is begun.
    """
    begun = 0
    most = max(1, places - 1)
    with transactions() as session:
        give_back_lost(session)
    while not stopping():
        with transactions() as session:
            run = take(session, transactions, runners, most=most, stopping=stopping)
        if run is None:
            break
        begun += 1
        execute(run, runners[run.kind])
    return begun


def take(
    session: Session,
    transactions: Transactions,
    runners: Mapping[str, Runner],
    *,
    most: int,
    stopping: Callable[[], bool] = lambda: False,
) -> Run | None:
    """Take the next operation that is due with a new lease, None when there is none.

    `most` is how many of one organization may be under way at once, in all processes together.
    """
    # Two who take at once would both count the operations under way without the other's: they take turns.
    advisory_xact_lock(session, "take operation")
    operation_id = session.execute(STATEMENTS.next_due, {"kinds": sorted(runners), "most": most}).scalar_one_or_none()
    if operation_id is None:
        return None
    token = new_id()
    row = session.execute(
        STATEMENTS.begin, {"id": operation_id, "token": token, "lease_seconds": LEASE.total_seconds()}
    ).one()
    return Run(
        transactions=transactions,
        id=row.id,
        kind=row.kind,
        organization_id=row.organization_id,
        person_id=row.person_id,
        subject=(row.subject_noun, row.subject_id),
        parameters=row.parameters,
        attempt=row.attempts,
        token=token,
        stopping=stopping,
    )


def execute(run: Run, runner: Runner) -> None:
    """Do a run that was taken, and write what came of it if the lease is its own still."""
    label = public("operation", run.id)
    try:
        _succeed(run, runner(run))
    except LeaseLostError:
        log.warning("operation.lease_lost", operation=label, attempt=run.attempt)
    except (CancelledError, InterruptedRunError, DomainError) as reason:
        _close(run, reason)
    except Exception as reason:
        log.exception("operation.broke", operation=label, kind=run.kind, attempt=run.attempt)
        _close(run, reason)


def give_back_lost(session: Session) -> int:
    """Queue operations again whose process has gone silent, or end those cancelled or out of attempts."""
    lost = session.scalars(
        select(Operation)
        .where(Operation.state == "running", Operation.lease_until <= func.statement_timestamp())
        .limit(LOST_MAX)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for operation in lost:
        log.warning("operation.silent", operation=public("operation", operation.id), attempt=operation.attempts)
        _try_again(session, operation, "its process ended without a word")
    return len(lost)


def _succeed(run: Run, outcome: Outcome) -> None:
    with run.transactions() as session:
        # Between the runner's last step and this lock it may have been taken over or cancelled.
        operation = _own(session, run)
        if operation is None:
            raise LeaseLostError
        if operation.cancel_requested_at is not None:
            raise CancelledError
        if outcome.effect is not None:
            outcome.effect(session)
        operation.progress_done, operation.progress_total = run.done, run.total
        end(session, ACTOR, operation, "succeeded", result=outcome.result)


def _close(run: Run, reason: Exception) -> None:
    """Write that a run did not succeed: cancelled, failed for good, or to be tried again."""
    with run.transactions() as session:
        operation = _own(session, run)
        if operation is None:
            log.warning("operation.lease_lost", operation=public("operation", run.id), attempt=run.attempt)
        elif isinstance(reason, InterruptedRunError):
            operation.attempts -= 1  # it was not the operation's fault
            _queue(session, operation, dt.timedelta())
        elif isinstance(reason, DomainError) and operation.cancel_requested_at is None:
            end(session, ACTOR, operation, "failed", problem=(reason.slug, reason.detail))
        else:
            _try_again(session, operation, type(reason).__name__)


def _try_again(session: Session, operation: Operation, what: str) -> None:
    if operation.cancel_requested_at is not None:
        end(session, ACTOR, operation, "cancelled")
    elif operation.attempts >= ATTEMPTS_MAX:
        detail = f"It was begun {operation.attempts} times and broke each time; the last time: {what}."
        end(session, ACTOR, operation, "failed", problem=(OPERATION_FAILED.slug, detail))
    else:
        _queue(session, operation, dt.timedelta(seconds=RETRY_SECONDS * 2 ** (operation.attempts - 1)))


def _queue(session: Session, operation: Operation, wait: dt.timedelta) -> None:
    OPERATION.check(operation.state, "queued")
    operation.due_at = real_now(session) + wait
    operation.state = "queued"
    operation.lease_token = operation.lease_until = None
    session.flush()


def _own(session: Session, run: Run) -> Operation | None:
    return session.scalars(
        select(Operation)
        .where(Operation.id == run.id, Operation.lease_token == run.token)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
