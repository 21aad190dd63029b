"""How long media is kept: a settled job's goes after its retention, unless another job of the client needs it.

What goes are the bytes. Rows, digests, answers, money and proofs stay, and the same image handed in anew comes back.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now, real_now
from marketplace.db.sql import load
from marketplace.jobs.beside import delete_beside
from marketplace.jobs.events import MEDIA_PURGED
from marketplace.jobs.models import Job, Media
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ports import MediaStorage

STATEMENTS: Final = load(__file__, "retention.sql")
ACTOR: Final = system_actor("purge_media")
IMAGES_AT_ONCE: Final = 100


def purge_next(session: Session) -> int:
    """Purge the media of one settled job whose retention is over; returns 1, or 0 when there is none.

    From the end of this transaction nobody is shown these images; their bytes are deleted by `delete_bytes`.
    """
    found = session.execute(STATEMENTS.next_due).one_or_none()
    if found is None:
        return 0
    where = {"job_id": found.id, "organization_id": found.organization_id}
    session.execute(text("DROP TABLE IF EXISTS pg_temp.media_purge"))
    session.execute(STATEMENTS.create_purge)
    locked = session.execute(STATEMENTS.lock_media, where).rowcount  # type: ignore[attr-defined]
    held = session.execute(STATEMENTS.was_held, where).scalar_one()
    session.execute(STATEMENTS.lock_remote, {"organization_id": found.organization_id})
    session.execute(STATEMENTS.spare_needed, where)
    if locked:
        _purge(session, where)
    if held:
        # An item that names one of them is just coming in; its transaction is over by the next tick.
        return 0
    job = session.get_one(Job, found.id, populate_existing=True)
    job.media_purged_at = market_now(session)
    session.flush()
    return 1


def _purge(session: Session, where: dict[str, Any]) -> None:
    summary = session.execute(STATEMENTS.summary).one()
    if summary.images == 0:
        return
    rates = {row.rate_code: row.ordinals for row in session.execute(STATEMENTS.ranges, where)}
    session.execute(STATEMENTS.purge)
    session.execute(STATEMENTS.purge_remote, {"organization_id": where["organization_id"]})
    body = {"count": summary.images, "bytes": summary.bytes, "digest": summary.digest.hex(), "rates": rates}
    organizations = [where["organization_id"]]
    record(session, MEDIA_PURGED, ACTOR, subject=("job", where["job_id"]), organizations=organizations, body=body)


def delete_bytes(session: Session, storage: MediaStorage) -> int:
    """Delete the bytes of some purged media; returns how many. Safe in any number of processes.

    Who hands the same image in anew waits for the row's lock, and keeps its bytes again afterwards.
    """
    wanted = select(Media).where(Media.purged_at.is_not(None), Media.bytes_deleted_at.is_(None)).order_by(Media.id)
    locked = wanted.limit(IMAGES_AT_ONCE).with_for_update(skip_locked=True)
    found = session.scalars(locked.execution_options(populate_existing=True)).all()
    for media in found:
        storage.delete(media.storage_key)
        delete_beside(storage, media)
        media.bytes_deleted_at = real_now(session)
    session.flush()
    return len(found)
