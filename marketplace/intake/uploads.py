"""What became of an upload: written so that it outlives a refused one and a server that ended in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, insert, select, text, true
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock, try_advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.intake.models import UPLOAD, Upload, UploadError
from marketplace.jobs.item_rows import RowError
from marketplace.jobs.items import AddResult, OnError
from marketplace.jobs.queries import get_job, own_job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND, DomainError

BROKEN_AFTER_SECONDS: Final = 60
"""So long after its begin an upload may still be on its way to its lock."""

_SWEPT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """The body as it was sent, as far as it arrived."""

    byte_count: int
    sha256: bytes


def begin_upload(session: Session, actor: Actor, job_id: UUID, *, form: str, packed: bool, on_error: OnError) -> Upload:
    """Note that items are coming in for a job of the actor's; raises not_found, forbidden.

    To be committed before the first row is read: what is not ended later is then known to have broken off. Whoever
    reads the rows holds `hold_upload` in the transaction of the items.
    """
    actor.require("job.write")
    job = own_job(session, actor, job_id)
    upload = Upload(
        job_id=job.id,
        organization_id=job.organization_id,
        actor=actor.label,
        form=form,
        packed=packed,
        on_error=on_error,
        state=UPLOAD.initial,
    )
    session.add(upload)
    session.flush()
    return upload


def hold_upload(session: Session, upload_id: UUID) -> None:
    """Show, to the end of this transaction, that somebody is at work on the upload."""
    advisory_xact_lock(session, f"upload {upload_id}")


def note_added(session: Session, upload_id: UUID, receipt: Receipt, result: AddResult) -> None:
    """End an upload in the transaction of its items: either both stand or neither."""
    _end(session, upload_id, "added", receipt, result)


def note_refused(
    session: Session, upload_id: UUID, receipt: Receipt, result: AddResult, refusal: DomainError | None
) -> None:
    """End an upload whose items were rolled back, in another transaction; without a refusal it broke."""
    upload = _end(session, upload_id, "broken" if refusal is None else "refused", receipt, result)
    upload.added = upload.skipped_existing = 0
    if refusal is not None:
        upload.refusal_code, upload.refusal_detail = refusal.slug, refusal.detail
    session.flush()


def _end(session: Session, upload_id: UUID, state: str, receipt: Receipt, result: AddResult) -> Upload:
    # Locked, for the sweep may just be calling it broken; then the items do not stand, and are sent again.
    statement = select(Upload).where(Upload.id == upload_id).with_for_update()
    upload = session.scalars(statement.execution_options(populate_existing=True)).one()
    UPLOAD.check(upload.state, state)
    now = market_now(session)
    upload.state, upload.ended_at = state, now
    upload.received_bytes, upload.sha256 = receipt.byte_count, receipt.sha256
    upload.added, upload.skipped_existing = result.added, result.skipped_existing
    upload.error_count, upload.kept_error_count = result.error_count, len(result.errors)
    session.flush()
    _keep(session, upload_id, result.errors)
    return upload


def _keep(session: Session, upload_id: UUID, errors: Sequence[RowError]) -> None:
    if not errors:
        return
    rows = [
        {
            "upload_id": upload_id,
            "number": number,
            "line": error.line,
            "external_id": error.external_id,
            "code": error.code,
            "message": error.message,
            "pointer": error.pointer,
        }
        for number, error in enumerate(errors, start=1)
    ]
    session.execute(insert(UploadError), rows)


def end_broken(session: Session) -> int:
    """Call uploads broken whose server ended in the middle: nobody holds them. Returns how many."""
    waiting = (
        select(Upload)
        .where(
            Upload.state == UPLOAD.initial,
            Upload.started_at < func.market_now() - text(f"interval '{BROKEN_AFTER_SECONDS} seconds'"),
        )
        .order_by(Upload.id)
        .limit(_SWEPT_MAX)
        .with_for_update(skip_locked=True)
    )
    now = market_now(session)
    left = [upload for upload in session.scalars(waiting) if try_advisory_xact_lock(session, f"upload {upload.id}")]
    for upload in left:
        upload.state, upload.ended_at = "broken", now
    session.flush()
    return len(left)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """As the items themselves: the client's own, the platform's staff with media.read; their errors quote them."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("job.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true() if actor.may("media.read") else false()
    return Upload.organization_id == actor.organization_id


def list_uploads(
    session: Session, actor: Actor, job_id: UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Upload]:
    """Uploads of a visible job, the newest first; empty for who may not see its items."""
    get_job(session, actor, job_id)
    statement = select(Upload).where(Upload.job_id == job_id, visible_to(actor))
    return paginate(session, statement, keys=[Upload.id], cursor=cursor, limit=limit, descending=True)


def get_upload(session: Session, actor: Actor, upload_id: UUID) -> Upload:
    """One upload; raises not_found also for one the actor may not see."""
    upload = session.scalars(select(Upload).where(Upload.id == upload_id, visible_to(actor))).one_or_none()
    if upload is None:
        raise NOT_FOUND.error("There is no upload with this id.", noun="upload")
    return upload


def list_errors(
    session: Session, actor: Actor, upload_id: UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[UploadError]:
    """The kept errors of a visible upload in the order of its lines."""
    get_upload(session, actor, upload_id)
    statement = select(UploadError).where(UploadError.upload_id == upload_id)
    return paginate(session, statement, keys=[UploadError.number], cursor=cursor, limit=limit)


def every_error(session: Session, upload_id: UUID) -> Iterator[UploadError]:
    """All kept errors of an upload the caller has found visible, a few at a time."""
    statement = select(UploadError).where(UploadError.upload_id == upload_id).order_by(UploadError.number)
    yield from session.scalars(statement.execution_options(yield_per=500))
