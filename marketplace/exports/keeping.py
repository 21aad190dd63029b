"""The books of each month that is over, written once into storage and kept there, with their SHA-256."""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import IO, BinaryIO, Final, cast

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.exports.events import BOOKS_KEPT
from marketplace.exports.formats import BOOKS, FORMATS
from marketplace.exports.making import Snapshots
from marketplace.exports.models import ExportFile, KeptBook
from marketplace.exports.reading import Subject
from marketplace.exports.sink import Sink
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import new_id
from marketplace.kernel.ports import MediaStorage
from marketplace.ledger.models import Journal
from marketplace.ledger.periods import GRACE
from marketplace.operations.run import Transactions
from marketplace.provenance.statements import Month
from marketplace.reconciliation.books.reading import Span

NAMES: Final = BOOKS
"""The set that is kept of a month, unless a setting says otherwise."""

PREFIX: Final = "books"
_ACTOR: Final = system_actor("keep_books")


class _Unwatched:
    """Nobody waits for it and nobody else takes it over."""

    def progress(self, done: int | None = None, total: int | None = None) -> None:
        """It goes on."""


def keep_books(
    transactions: Transactions,
    snapshots: Snapshots,
    storage: MediaStorage,
    *,
    names: Sequence[str] = NAMES,
    after: dt.timedelta = GRACE,
) -> int:
    """Sweep: keep the books of every month that is over for so long, the oldest first; returns how many files.

    `names` are the files that are kept; without any, no month is. All files of a month show one moment. Where a
    process dies, what it wrote is deleted (`delete_exports`) and the month is begun anew; where two write the same
    month, the files of the one that ends first are kept.
    """
    written = 0
    while names:
        with transactions() as session:
            month = _next_month(session, after)
        if month is None:
            break
        written += _keep(transactions, snapshots, storage, month, names)
    return written


def names_of(forms: Collection[str]) -> tuple[str, ...]:
    """The files of some of the forms csv, xlsx, beancount and hledger; csv has one for each table, and ageing."""
    return tuple(name for name in NAMES if name.rpartition(".")[2] in forms)


def kept_books(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[KeptBook]:
    """What is kept, the newest first. Raises forbidden without ledger.read."""
    actor.require("ledger.read")
    return paginate(session, select(KeptBook), keys=[KeptBook.id], cursor=cursor, limit=limit, descending=True)


def kept_book(session: Session, actor: Actor, month: Month, name: str) -> KeptBook:
    """One file that is kept. Raises forbidden without ledger.read, not_found."""
    actor.require("ledger.read")
    found = session.scalars(select(KeptBook).where(KeptBook.month == month.first, KeptBook.name == name)).first()
    if found is None:
        raise NOT_FOUND.error(f"Nothing of this name is kept of {month}.", noun="kept_book")
    return found


def kept_book_by_id(session: Session, actor: Actor, kept_book_id: uuid.UUID) -> KeptBook:
    """One file that is kept. Raises forbidden without ledger.read, not_found."""
    actor.require("ledger.read")
    found = session.get(KeptBook, kept_book_id)
    if found is None:
        raise NOT_FOUND.error("There is no kept book with this id.", noun="kept_book")
    return found


def _next_month(session: Session, after: dt.timedelta) -> Month | None:
    """The first month with books that is over for so long and not kept."""
    last = session.scalar(select(func.max(KeptBook.month)))
    first = session.scalar(select(func.min(Journal.effective_on))) if last is None else Month(last).beyond
    if first is None:
        return None
    month = Month(first.replace(day=1))
    return month if market_now(session).date() >= month.beyond + after else None


def _keep(
    transactions: Transactions, snapshots: Snapshots, storage: MediaStorage, month: Month, names: Sequence[str]
) -> int:
    token = uuid.uuid4()
    books: list[KeptBook] = []
    with ExitStack() as files:
        opened = [files.enter_context(tempfile.TemporaryFile()) for _ in names]
        with snapshots() as session:
            for name, file in zip(names, opened, strict=True):
                books.append(_write(session, file, month, name, f"{PREFIX}/{month}/{token.hex}/{name}"))
        with transactions() as session:
            # Before the bytes: what is never adopted is found and deleted. No export has this id.
            session.add_all(ExportFile(storage_key=book.storage_key, export_id=token, token=token) for book in books)
        for book, file in zip(books, opened, strict=True):
            file.seek(0)
            storage.put(book.storage_key, cast("BinaryIO", file), FORMATS[book.name].content_type)
    with transactions() as session:
        return _adopt(session, month, books)


def _adopt(session: Session, month: Month, books: list[KeptBook]) -> int:
    """Make the files those of the month, unless another process has done so: then they are left to be deleted."""
    advisory_xact_lock(session, "exports.keep_books")
    if session.scalar(select(KeptBook.id).where(KeptBook.month == month.first).limit(1)) is not None:
        return 0
    keys = [book.storage_key for book in books]
    adopted = delete(ExportFile).where(ExportFile.storage_key.in_(keys)).returning(ExportFile.storage_key)
    if len(session.scalars(adopted).all()) < len(keys):
        raise RuntimeError(f"files of {month} were taken for left behind and deleted; they are written anew")
    session.add_all(books)
    session.flush()
    for book in books:
        _record(session, book, month)
    return len(books)


def _write(snapshot: Session, file: IO[bytes], month: Month, name: str, key: str) -> KeptBook:
    sink = Sink(file, _Unwatched())
    span = Span(month.first, month.beyond)
    FORMATS[name].write(snapshot, Subject(_ACTOR, None, "used", b"", span), sink)
    return KeptBook(
        id=new_id(),
        month=month.first,
        name=name,
        storage_key=key,
        sha256=sink.sha256,
        byte_count=sink.byte_count,
        row_count=sink.row_count,
    )


def _record(session: Session, book: KeptBook, month: Month) -> None:
    body = {
        "month": str(month),
        "name": book.name,
        "rows": book.row_count,
        "bytes": book.byte_count,
        "sha256": book.sha256.hex(),
    }
    record(session, BOOKS_KEPT, _ACTOR, subject=("kept_book", book.id), body=body)
