"""Reads of exports, and who may fetch their files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.exports.formats import FORMATS
from marketplace.exports.models import Export
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.operations.models import Operation

STATES: Final = ("queued", "running", "ready", "failed", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Seen:
    """An export with its operation; `state` is one of STATES."""

    export: Export
    operation: Operation
    expired: bool

    @property
    def state(self) -> str:
        """That of the operation, then that of the file."""
        if self.operation.state != "succeeded":
            return self.operation.state
        return "expired" if self.expired else "ready"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of exports: one's organization's with export.read; the auditor and the system all."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("export.read") or actor.organization_id is None:
        return false()
    if "auditor" in actor.roles and actor.organization_kind == "platform":
        return true()
    return Export.organization_id == actor.organization_id


def _select() -> Select[Export, Operation, bool]:
    gone = Export.deleted_at.is_not(None) | (Export.expires_at <= func.statement_timestamp())
    return select(Export, Operation, func.coalesce(gone, false())).join(Operation, Operation.id == Export.operation_id)


def get_export(session: Session, actor: Actor, export_id: uuid.UUID) -> Seen:
    """One export as the database has it now; raises not_found also for one the actor may not see."""
    wanted = _select().where(Export.id == export_id, visible_to(actor))
    row = session.execute(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NOT_FOUND.error("There is no export with this id.", noun="export")
    return Seen(*row)


def list_exports(
    session: Session,
    actor: Actor,
    *,
    job_id: uuid.UUID | None = None,
    format_name: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Seen]:
    """Visible exports, the newest first."""
    wanted = _select().where(visible_to(actor))
    if job_id is not None:
        wanted = wanted.where(Export.job_id == job_id)
    if format_name is not None:
        wanted = wanted.where(Export.format == format_name)
    page = paginate(session, wanted, keys=[Export.id], cursor=cursor, limit=limit, descending=True)
    return Page([Seen(*row) for row in page.data], page.next_cursor)


def may_fetch(actor: Actor, seen: Seen) -> bool:
    """Whether the actor, who sees the export, may have its file now: what is in it needs a permission of its own."""
    return seen.state == "ready" and actor.may(FORMATS[seen.export.format].permission)
