"""Deleting the files of exports: those past their time, and those that a run left behind when it died."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.sql import load
from marketplace.exports.events import EXPORT_DELETED
from marketplace.exports.models import Export, ExportFile
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ports import MediaStorage

STATEMENTS: Final = load(__file__, "cleaning.sql")
ACTOR: Final = system_actor("delete_exports")
GRACE_SECONDS: Final = 3600


def delete_one(session: Session, storage: MediaStorage, *, grace_seconds: float = GRACE_SECONDS) -> int:
    """Delete the bytes of one file nobody needs any more; returns how many, 0 or 1. Safe in any number of processes.

    The bytes go before the row that names them: if this transaction fails, the next one deletes nothing twice.
    """
    found = session.execute(STATEMENTS.next_unneeded, {"grace_seconds": grace_seconds}).one_or_none()
    if found is None:
        return 0
    storage.delete(found.storage_key)
    session.execute(delete(ExportFile).where(ExportFile.storage_key == found.storage_key))
    if found.adopted:
        export = session.get_one(Export, found.export_id)
        assert export.sha256 is not None
        export.deleted_at = real_now(session)
        session.flush()
        record(
            session,
            EXPORT_DELETED,
            ACTOR,
            subject=("export", export.id),
            organizations=[export.organization_id],
            body={"sha256": export.sha256.hex()},
        )
    return 1
