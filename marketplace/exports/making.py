"""Making the file of an export: written whole into a temporary file, then kept, then adopted with the run's end."""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.exports.asking import job_for
from marketplace.exports.events import EXPORT_READY
from marketplace.exports.formats import FORMATS
from marketplace.exports.models import Export, ExportFile
from marketplace.exports.reading import Subject
from marketplace.exports.sink import Sink, Watched
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.ports import MediaStorage
from marketplace.operations.run import Outcome, Run, Runner, Transactions
from marketplace.provenance.statements import Month
from marketplace.reconciliation.books.reading import ALL_DAYS, Span

PREFIX = "export"
ACTOR = system_actor("make_exports")
Snapshots = Callable[[], AbstractContextManager[Session]]


def make_runner(
    transactions: Transactions, snapshots: Snapshots, storage: MediaStorage, *, keep: dt.timedelta, secret: bytes
) -> Runner:
    """The runner of exports. `snapshots` opens read-only transactions that see one moment; `keep` is real time."""

    def run_export(run: Run) -> Outcome:
        export_id = run.subject[1]
        with transactions() as session:
            export = session.get_one(Export, export_id)
            wanted, job_id, answers = FORMATS[export.format], export.job_id, export.answers
            span = ALL_DAYS if export.month is None else Span(export.month, Month(export.month).beyond)
            key = f"{PREFIX}/{public('export', export_id)}/{run.token.hex}"
            # Before the bytes, so that whatever dies between here and the end, the file is found and deleted.
            session.add(ExportFile(storage_key=key, export_id=export_id, token=run.token))
        with tempfile.TemporaryFile() as file:
            sink = Sink(file, run)
            with snapshots() as session:
                # Rights and job are looked up again: since the request they may have been taken away.
                actor = run.actor(session)
                actor.require(wanted.permission)
                job = job_for(session, actor, wanted, job_id)
                wanted.write(session, Subject(actor, job, answers, secret, span), sink)
            file.seek(0)
            storage.put(key, Watched(file, run).as_stream(), wanted.content_type)
        result = {
            "export": public("export", export_id),
            "rows": sink.row_count,
            "bytes": sink.byte_count,
            "sha256": sink.sha256.hex(),
        }
        return Outcome(result, lambda session: _adopt(session, export_id, key, sink, keep))

    return run_export


def _adopt(session: Session, export_id: uuid.UUID, key: str, sink: Sink, keep: dt.timedelta) -> None:
    """Make the file under `key` the export's, in the transaction that ends its operation."""
    now = real_now(session)
    export = session.get_one(Export, export_id)
    export.storage_key, export.sha256 = key, sink.sha256
    export.byte_count, export.row_count = sink.byte_count, sink.row_count
    export.ready_at, export.expires_at = now, now + keep
    session.flush()
    body = {
        "format": export.format,
        "job": None if export.job_id is None else public("job", export.job_id),
        "month": None if export.month is None else str(Month(export.month)),
        "rows": sink.row_count,
        "bytes": sink.byte_count,
        "sha256": sink.sha256.hex(),
    }
    organizations = [export.organization_id]
    record(session, EXPORT_READY, ACTOR, subject=("export", export_id), organizations=organizations, body=body)
