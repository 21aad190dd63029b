"""Asking for long work, and asking it to stop."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.operations.errors import OPERATIONS_TOO_MANY
from marketplace.operations.events import OPERATION_CANCEL_REQUESTED, OPERATION_FINISHED, OPERATION_QUEUED
from marketplace.operations.models import Operation
from marketplace.operations.queries import get_operation
from marketplace.operations.states import OPERATION

UNFINISHED_MAX: Final = 100
"""Most operations an organization may have queued or running."""

KEEP: Final = dt.timedelta(days=90)
"""How long the row of a finished operation is kept; real time."""


def start(
    session: Session, actor: Actor, *, kind: str, subject: tuple[str, uuid.UUID], parameters: Mapping[str, Any]
) -> Operation:
    """Queue work of that kind for the actor's organization; the next free process begins it once this is committed.

    For verbs, which have asked for their own permission. `subject` is (noun, id) of what it is about; `parameters`
    must be JSON-able and hold no secret. Raises operations_too_many.
    """
    unfinished = session.scalar(
        select(func.count()).where(Operation.organization_id == actor.organization, Operation.finished_at.is_(None))
    )
    # Two who ask at once may both be the last: a bound against a flood need not be exact.
    if (unfinished or 0) >= UNFINISHED_MAX:
        raise OPERATIONS_TOO_MANY.error(f"At most {UNFINISHED_MAX} operations of an organization may be under way.")
    noun, subject_id = subject
    operation = Operation(
        organization_id=actor.organization,
        person_id=actor.person,
        kind=kind,
        subject_noun=noun,
        subject_id=subject_id,
        state=OPERATION.initial,
        parameters=dict(parameters),
    )
    session.add(operation)
    session.flush()
    session.refresh(operation)
    body = {"operation_kind": kind, "about": public(noun, subject_id)}
    _record(session, OPERATION_QUEUED, actor, operation, body)
    return operation


def cancel(session: Session, actor: Actor, operation_id: uuid.UUID) -> Operation:
    """Ask an operation of the actor's organization to stop: a queued one ends at once, a running one at its next step.

    Asked again it changes nothing. Needs operation.cancel. Raises not_found, and state_conflict for one that ended
    otherwise.
    """
    actor.require("operation.cancel")
    operation = get_operation(session, actor, operation_id)
    if EVERYTHING not in actor.permissions and operation.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no operation with this id.", noun="operation")
    # A process may take or finish it between the look and the change: the state is read again under the row's lock.
    operation = lock(session, operation_id)
    if operation.state == "cancelled" or (operation.state == "running" and operation.cancel_requested_at is not None):
        return operation
    OPERATION.check(operation.state, "cancelled")
    operation.cancel_requested_at = real_now(session)
    session.flush()
    _record(session, OPERATION_CANCEL_REQUESTED, actor, operation, {"state": operation.state})
    if operation.state == "queued":
        end(session, actor, operation, "cancelled")
    return operation


def lock(session: Session, operation_id: uuid.UUID) -> Operation:
    """The operation, fresh, locked to the end of the transaction; raises not_found."""
    wanted = select(Operation).where(Operation.id == operation_id).with_for_update(key_share=True)
    operation = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if operation is None:
        raise NOT_FOUND.error("There is no operation with this id.", noun="operation")
    return operation


def end(
    session: Session,
    actor: Actor,
    operation: Operation,
    state: str,
    *,
    result: Mapping[str, Any] | None = None,
    problem: tuple[str, str] | None = None,
) -> None:
    """Bring a locked operation to a final state; `problem` is (code, sentence) of a failed one."""
    OPERATION.check(operation.state, state)
    now = real_now(session)
    operation.state = state
    operation.lease_token = operation.lease_until = None
    operation.result = None if result is None else dict(result)
    operation.problem_code, operation.problem_detail = problem or (None, None)
    operation.finished_at = now
    operation.expires_at = now + KEEP
    session.flush()
    body = {
        "operation_kind": operation.kind,
        "state": state,
        "attempts": operation.attempts,
        "problem": operation.problem_code,
    }
    _record(session, OPERATION_FINISHED, actor, operation, body)


def forget_expired(session: Session, *, limit: int = 1000) -> int:
    """Delete rows of operations that ended 90 days ago, at most `limit`; safe in any number of processes."""
    expired = (
        select(Operation.id)
        .where(Operation.expires_at <= func.statement_timestamp())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return len(session.execute(delete(Operation).where(Operation.id.in_(expired)).returning(Operation.id)).all())


def _record(session: Session, kind: Any, actor: Actor, operation: Operation, body: Mapping[str, Any]) -> None:
    record(
        session,
        kind,
        actor,
        subject=("operation", operation.id),
        organizations=[operation.organization_id],
        body=body,
    )
