"""Reads of operations, and who may see them."""

import uuid

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.operations.models import Operation


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of operations: one's organization's with operation.read; the auditor and the system all.

    Other staff of the platform see the platform's own: what an organization exports is its affair.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("operation.read") or actor.organization_id is None:
        return false()
    if "auditor" in actor.roles and actor.organization_kind == "platform":
        return true()
    return Operation.organization_id == actor.organization_id


def get_operation(session: Session, actor: Actor, operation_id: uuid.UUID) -> Operation:
    """One operation as the database has it now; raises not_found also for one the actor may not see."""
    wanted = select(Operation).where(Operation.id == operation_id, visible_to(actor))
    found = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no operation with this id.", noun="operation")
    return found


def list_operations(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Operation]:
    """Visible operations, the newest first."""
    wanted = select(Operation).where(visible_to(actor))
    if state is not None:
        wanted = wanted.where(Operation.state == state)
    if kind is not None:
        wanted = wanted.where(Operation.kind == kind)
    return paginate(session, wanted, keys=[Operation.id], cursor=cursor, limit=limit, descending=True)
