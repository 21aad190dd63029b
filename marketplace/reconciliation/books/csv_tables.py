"""A table of the books as CSV (RFC 4180), with its control totals as the last rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from marketplace.kernel.canonical import day, instant
from marketplace.kernel.spreadsheets import csv_line
from marketplace.reconciliation.books.reading import ALL_DAYS, Span
from marketplace.reconciliation.books.tables import Cell, Table
from marketplace.reconciliation.books.totals import Control, Totals

ROW: Final = "row,"
"""What the line of a row begins with, and of nothing else."""


def table_csv(session: Session, table: Table, span: Span = ALL_DAYS) -> Iterator[str]:
    """The lines of the file, as they are read.

    `record` says what a line is: a `row`; then by currency its `total`, what the `ledger` says where it knows the sum,
    and the `difference`, if there is one. The last column has how many rows were written.
    """
    totals = Totals(table)
    yield csv_line(("record", *table.columns, "rows"))
    for cells in table.read(session, span):
        totals.add(cells)
        yield csv_line(("row", *(_plain(cell) for cell in cells), None))
    by_currency: dict[str, list[Control]] = {}
    for control in totals.controls(table.ledger(session, span)):
        by_currency.setdefault(control.written.currency, []).append(control)
    if not by_currency:
        yield csv_line(("total", *(None for _ in table.columns), 0))
    for currency, controls in by_currency.items():
        yield from _last_rows(table, currency, controls, totals.row_count)


def _last_rows(table: Table, currency: str, controls: list[Control], row_count: int) -> Iterator[str]:
    def line(record: str, amounts: dict[str, Cell]) -> str:
        cells = {"currency": currency, **amounts}
        return csv_line((record, *(cells.get(column) for column in table.columns), row_count))

    yield line("total", {one.column: one.written for one in controls})
    if any(one.ledger is not None for one in controls):
        yield line("ledger", {one.column: one.ledger for one in controls})
    if any(not one.difference.is_zero for one in controls):
        yield line("difference", {one.column: one.difference for one in controls})


def _plain(cell: Cell) -> object:
    if isinstance(cell, dt.datetime):
        return instant(cell)
    return day(cell) if isinstance(cell, dt.date) else cell
