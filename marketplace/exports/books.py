"""The books as files: tables as CSV or in one workbook, and all of them for other accounting programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.exports.reading import Subject
from marketplace.exports.sink import Sink
from marketplace.payouts.ageing import ageing_csv, moment
from marketplace.reconciliation.books.csv_tables import ROW, table_csv
from marketplace.reconciliation.books.tables import TABLES, Table, sizes
from marketplace.reconciliation.books.workbook import write_workbook
from marketplace.reconciliation.books.writing import FORMATS


def table_writer(table: Table) -> Callable[[Session, Subject, Sink], None]:
    """A writer of one table as CSV, with its control totals."""

    def write(session: Session, subject: Subject, sink: Sink) -> None:
        sink.expect(sizes(session, subject.span)[table.name])
        for line in table_csv(session, table, subject.span):
            sink.write(line)
            if line.startswith(ROW):
                sink.row()
                sink.step()

    return write


def write_all_tables(session: Session, subject: Subject, sink: Sink) -> None:
    """books.xlsx: every table, with the control totals of all on the first sheet."""
    of = sizes(session, subject.span)
    sink.expect(sum(of[name] for name in TABLES))
    watched = _Watched(sink)
    write_workbook(session, list(TABLES.values()), watched, subject.span, watched=watched)


def write_ageing(session: Session, subject: Subject, sink: Sink) -> None:
    """books_ageing.csv: what is owed to payees by its age, today, or at the end of a month, if that is over.

    As the log knows it now; each line says of which day it is and what was known.
    """
    today = market_now(session).date()
    as_of = today if subject.span.beyond is None else min(today, subject.span.beyond - dt.timedelta(days=1))
    when = moment(session, subject.actor, as_of)
    for number, line in enumerate(ageing_csv(session, subject.actor, when)):
        sink.write(line)
        if number:  # the first has the names of the columns
            sink.row()
            sink.step()


def program_writer(name: str) -> Callable[[Session, Subject, Sink], None]:
    """A writer of every journal for another accounting program."""

    def write(session: Session, subject: Subject, sink: Sink) -> None:
        for text in FORMATS[name](session, subject.span):
            sink.write(text)
            sink.row()
            sink.step()

    return write


class _Watched:
    """A sink as what a workbook is written to, and as who looks on."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._sink.append(data)

    def step(self) -> None:
        """One more row."""
        self._sink.row()
        self._sink.step()

    def keep(self) -> None:
        """It goes on."""
        self._sink.keep()
