"""The books of each month that is over are kept in storage, once, and finance fetches them."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.exports import cleaning
from marketplace.exports.keeping import NAMES, keep_books, kept_book, kept_books, names_of
from marketplace.exports.models import ExportFile, KeptBook
from marketplace.kernel.errors import DomainError
from marketplace.kernel.terms import months_after
from marketplace.ledger.models import Journal
from marketplace.provenance.statements import Month
from marketplace.reconciliation.books.reading import Span
from marketplace.settings import BOOK_FORMATS
from tests.builders.exports import rows_of
from tests.builders.identity import make_staff
from tests.builders.media import MemoryStorage
from tests.builders.payouts import inside, make_due_chain
from tests.builders.settlement import move_clock_to
from tests.reconciliation.books.test_tables import csv_rows


def bounds(session: Session) -> tuple[Month, Month]:
    """The first month with books, and the newest."""
    first, last = session.execute(select(func.min(Journal.effective_on), func.max(Journal.effective_on))).one()
    return Month(first.replace(day=1)), Month(last.replace(day=1))


def test_each_month_is_kept_once_a_day_after_its_end(session: Session) -> None:
    make_due_chain(session)
    storage, finance = MemoryStorage(), make_staff(session, "finance")
    first, last = bounds(session)
    assert first.first < last.first

    keep_books(inside(session), inside(session), storage)
    before = session.scalar(select(func.max(KeptBook.month)))
    assert before == months_after(last.first, -1), "the newest is not over"
    move_clock_to(session, last.beyond + dt.timedelta(days=1))
    assert keep_books(inside(session), inside(session), storage) == len(NAMES)
    assert keep_books(inside(session), inside(session), storage) == 0

    book = kept_book(session, finance, last, "books_journal.csv")
    with storage.open(book.storage_key) as stream:
        written = stream.read()
    assert (hashlib.sha256(written).digest(), len(written)) == (book.sha256, book.byte_count)
    assert rows_of(written.decode()) == csv_rows(session, "journal", Span(last.first, last.beyond))
    assert session.scalar(select(func.count()).select_from(ExportFile)) == 0
    kept = kept_books(session, finance, limit=200).data
    assert {one.name for one in kept} == set(NAMES)
    events = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == "books.kept"))
    assert events == len(kept)
    with pytest.raises(DomainError, match="not_found"):
        kept_book(session, finance, Month(last.beyond), "books_journal.csv")
    decider = make_staff(session, "dispute_decider")
    with pytest.raises(DomainError, match="forbidden"):
        kept_books(session, decider)
    with pytest.raises(DomainError, match="forbidden"):
        kept_book(session, decider, last, "books.xlsx")


def test_a_setting_says_as_what_and_how_long_after_its_end_a_month_is_kept(session: Session) -> None:
    make_due_chain(session)
    finance = make_staff(session, "finance")
    _, last = bounds(session)
    move_clock_to(session, last.beyond + dt.timedelta(days=4))
    five = dt.timedelta(days=5)

    def keep(*forms: str) -> int:
        opened = inside(session)
        return keep_books(opened, opened, MemoryStorage(), names=names_of(forms), after=five)

    assert keep() == 0
    keep("beancount", "xlsx")
    assert session.scalar(select(func.max(KeptBook.month))) == months_after(last.first, -1), "five days are not over"
    move_clock_to(session, last.beyond + five)
    assert keep("beancount", "xlsx") == 2
    kept = kept_books(session, finance, limit=200).data
    assert {one.name for one in kept} == {"books.beancount", "books.xlsx"}
    assert names_of(BOOK_FORMATS) == NAMES
    assert set(names_of(["csv"])) == {name for name in NAMES if name.endswith(".csv")}


def test_what_a_process_that_died_had_written_is_deleted_and_the_month_written_anew(session: Session) -> None:
    make_due_chain(session)
    first, _ = bounds(session)

    class Breaks(MemoryStorage):
        left = 2

        def put(self, key: str, *more: object) -> None:
            if self.left == 0:
                raise OSError("no more room")
            self.left -= 1
            super().put(key, *more)  # type: ignore[arg-type]

    storage = Breaks()
    with pytest.raises(OSError, match="no more room"):
        keep_books(inside(session), inside(session), storage)
    assert session.scalar(select(func.count()).select_from(KeptBook)) == 0
    assert session.scalar(select(func.count()).select_from(ExportFile)) == len(NAMES)
    while cleaning.delete_one(session, storage, grace_seconds=0):
        pass
    assert session.scalar(select(func.count()).select_from(ExportFile)) == 0

    storage.left = 10_000
    keep_books(inside(session), inside(session), storage)
    assert session.scalar(select(func.min(KeptBook.month))) == first.first


def test_of_two_that_write_the_same_month_the_files_of_one_are_kept(session: Session) -> None:
    make_due_chain(session)
    storage = MemoryStorage()

    class Overtaken(MemoryStorage):
        """Another process keeps the month while this one's files are put."""

        done = False

        def put(self, key: str, *more: object) -> None:
            if not self.done:
                self.done = True
                keep_books(inside(session), inside(session), storage)
            super().put(key, *more)  # type: ignore[arg-type]

    assert keep_books(inside(session), inside(session), Overtaken()) == 0
    kept = session.scalars(select(KeptBook)).all()
    assert len({(book.month, book.name) for book in kept}) == len(kept)
    assert all(storage.exists(book.storage_key) for book in kept)
    assert session.scalar(select(func.count()).select_from(ExportFile)) == len(NAMES), "left to be deleted"
    session.execute(delete(ExportFile))
