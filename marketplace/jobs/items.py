"""Adding items: rows stream through COPY into a temporary table, then become items in one statement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.sql import load
from marketplace.jobs.copying import copy_blocks
from marketplace.jobs.errors import ITEMS_REFUSED
from marketplace.jobs.events import JOB_ITEMS_ADDED
from marketplace.jobs.item_rows import CheckedRow, ItemRow, RowError, check_row, storable
from marketplace.jobs.labels import KINDS
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.prelabels import PrelabelRules
from marketplace.jobs.queries import own_job, rates_of
from marketplace.jobs.states import EDITABLE
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STALE, STATE_CONFLICT, FieldError

ERRORS_MAX: Final = 10_000
"""Bad rows that are kept; further ones are only counted."""

LISTED_MAX: Final = 1_000
"""Of these, how many an answer lists itself."""

UPLOAD_TIMEOUT_SECONDS: Final = 1800
LOCK_TIMEOUT_SECONDS: Final = 300

_SQL = load(__file__, "items.sql")
_MESSAGES: Final = {
    "item_conflict": "Another item with this external_id is there already; items never change.",
    "media_unknown": "Your organization has no such media.",
    "media_unfit": "This media is of another sort than this kind of labeling works on.",
    "prelabel_outside_image": "A proposed mark lies beyond the image, or beyond the end of the sound.",
}

OnError = Literal["abort", "skip"]


@dataclass(slots=True)
class AddResult:
    """What became of the rows.

    `skipped_existing` were there already with the same content; `errors` keeps the first ten
    thousand of `error_count` bad rows, by line. `spans` are the first and last new ordinal by rate.
    """

    added: int = 0
    skipped_existing: int = 0
    error_count: int = 0
    errors: list[RowError] = field(default_factory=list)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict, compare=False)

    @property
    def listed(self) -> list[RowError]:
        """The errors that an answer lists itself."""
        return self.errors[:LISTED_MAX]

    def refuse(self, error: RowError) -> None:
        """Count a bad row, and list it while there is room."""
        self.error_count += 1
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(storable(error))


def add_items(
    session: Session,
    actor: Actor,
    job_id: UUID,
    rows: Iterable[ItemRow],
    *,
    on_error: OnError = "abort",
    into: AddResult | None = None,
    states: frozenset[str] = EDITABLE,
) -> AddResult:
    """Add items to a job that is not published yet; safe to send again after a broken connection.

    `lifecycle.items.add_items` adds them later too: it names further `states` and gives the new items to the root.

    Ordinals are consecutive in each rate, in the order of the rows. A row whose external_id is
    there with the same content is skipped, with another content it is an error (item_conflict).
    Memory does not grow with the number of rows. `into` is filled, also where this raises. Raises
    not_found, state_conflict, and for `abort` items_refused with the bad rows, when nothing is added.
    """
    actor.require("job.write")
    job = own_job(session, actor, job_id)
    _refuse_state(job, states)
    result = AddResult() if into is None else into
    session.execute(text(f"SET LOCAL statement_timeout = '{UPLOAD_TIMEOUT_SECONDS}s'"))
    # Another upload may be writing a million items: what was streamed is not thrown away for that.
    session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    schema = job.label_schema
    _copy(session, job, rows, result, stop_early=on_error == "abort")
    # The lock comes after the stream, so that a slow sender holds up nobody; under it the job is
    # looked at again, for it may have been published meanwhile, and ordinals are counted on.
    job = lock_job(session, job_id)
    _refuse_state(job, states)
    _refuse_other_schema(session, job, schema)
    _judge(session, job, result)
    if result.error_count and on_error == "abort":
        raise _refusal(result)
    _insert(session, actor, job, result)
    return result


def _refuse_state(job: Job, states: frozenset[str]) -> None:
    if job.state not in states:
        raise STATE_CONFLICT.error(f"This job is {job.state}; it takes no more items.", noun="job", current=job.state)


def _refuse_other_schema(session: Session, job: Job, schema: dict[str, Any]) -> None:
    """Proposals were checked while they came in; under the lock the schema may be another one."""
    if job.label_schema != schema and session.execute(_SQL.has_prelabels).scalar_one():
        raise STALE.error("The label schema was changed while these items came in; send them again.")


def _copy(session: Session, job: Job, rows: Iterable[ItemRow], result: AddResult, *, stop_early: bool) -> None:
    for name in ("item_verdict", "item_upload"):
        session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    session.execute(_SQL.create_upload)
    session.execute(_SQL.create_verdict)
    rate_codes = frozenset(rate.code for rate in rates_of(session, job.id))
    prelabels = PrelabelRules(job.kind, job.label_schema)

    def checked() -> Iterator[CheckedRow]:
        for row in rows:
            found = check_row(row, rate_codes, prelabels)
            if isinstance(found, CheckedRow):
                yield found
                continue
            result.refuse(found)
            if stop_early and result.error_count >= ERRORS_MAX:
                return

    with _driver(session).cursor() as cursor, cursor.copy(_SQL.copy_upload.text) as copy:
        for block in copy_blocks(checked()):
            copy.write(block)
    session.execute(text("ANALYZE item_upload (line, external_id, rate_code)"))


def _driver(session: Session) -> psycopg.Connection[Any]:
    # COPY has no place in SQLAlchemy's interface: the driver's connection of this same transaction.
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)


def _judge(session: Session, job: Job, result: AddResult) -> None:
    """Compare the rows with each other, with the job's items and with its client's media."""
    where = {"job_id": job.id, "organization_id": job.organization_id, "media": KINDS[job.kind].MEDIA}
    session.execute(_SQL.hold_media, {"organization_id": job.organization_id})
    session.execute(_SQL.judge, where)
    for verdict, count in session.execute(_SQL.count_verdicts):
        if verdict == "same":
            result.skipped_existing += count
        else:
            result.error_count += count
    room = ERRORS_MAX - len(result.errors)
    listed = session.execute(_SQL.list_errors, {"limit": room}).all()
    result.errors.extend(RowError(line, name, verdict, _MESSAGES[verdict]) for line, name, verdict in listed)
    result.errors.sort(key=lambda error: error.line)


def _refusal(result: AddResult) -> Exception:
    listed = [
        FieldError(f"/{error.line - 1}{error.pointer}", error.code, f"Line {error.line}: {error.message}")
        for error in result.listed
    ]
    rows = [
        {
            "line": error.line,
            "external_id": error.external_id,
            "code": error.code,
            "message": error.message,
            "pointer": error.pointer,
        }
        for error in result.listed
    ]
    count = result.error_count
    detail = f"{count} row{'s' if count != 1 else ''} cannot become items; nothing was added."
    return ITEMS_REFUSED.error(detail, errors=listed, rows=rows, error_count=count)


def _insert(session: Session, actor: Actor, job: Job, result: AddResult) -> None:
    before = {rate.code: rate.item_count for rate in rates_of(session, job.id)}
    session.execute(_SQL.insert_remote, {"organization_id": job.organization_id})
    session.execute(_SQL.insert_items, {"job_id": job.id})
    counts = session.execute(_SQL.count_on, {"job_id": job.id}).all()
    rates_of(session, job.id)  # the counts changed behind the session's back
    result.added = sum(added for _, added in counts)
    rates = {}
    for code, added in counts:
        first, last = result.spans[code] = (before[code] + 1, before[code] + added)
        digest = items_digest(session, job.id, code, first, last).hex()
        rates[code] = {"first": first, "last": last, "digest": digest}
    body = {
        "added": result.added,
        "skipped": result.skipped_existing,
        "refused": result.error_count,
        "rates": rates,
    }
    record(session, JOB_ITEMS_ADDED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)


def items_digest(session: Session, job_id: UUID, rate_code: str, first: int, last: int) -> bytes:
    """One digest of the items first..last of a rate, so that an event can name a million in 32 bytes.

    SHA-256 over the SHA-256s of groups of items with equal ordinal // 4096, each over their
    digests in order: bounded memory in the database too. For no items, the SHA-256 of nothing.
    """
    found = session.execute(
        _SQL.items_digest, {"job_id": job_id, "rate_code": rate_code, "first": first, "last": last}
    ).scalar_one()
    return hashlib.sha256(b"").digest() if found is None else bytes(found)
