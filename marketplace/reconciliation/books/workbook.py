"""Tables of the books as one XLSX workbook: a sheet of control totals, then a sheet a table, numbers as numbers.

Rows go to temporary files as they are read, so that memory does not grow with them.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any, Final, Protocol

from sqlalchemy.orm import Session
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from marketplace.db.clock import market_now
from marketplace.kernel.canonical import instant
from marketplace.kernel.money import Money
from marketplace.reconciliation.books.reading import ALL_DAYS, Span
from marketplace.reconciliation.books.tables import Cell, Cells, Table
from marketplace.reconciliation.books.totals import Control, Totals

DIGITS_MAX: Final = 15
"""So many decimal digits come back from a double as they were; an amount with more of them stands as text."""

SHEET_ROWS_MAX: Final = 1_048_576
"""So many rows a sheet of XLSX has at most; a longer table goes on in another one."""

TEXT_MAX: Final = 32_767
"""So many characters a cell of XLSX holds at most."""

CHUNK: Final = 1 << 16

NOTE: Final = "as text: more digits than a number of a spreadsheet keeps"

_CONTROL_COLUMNS: Final = ("table", "rows", "column", "currency", "total", "ledger", "difference", "note")
_WIDTH: Final = 18


class Watched(Protocol):
    """Who looks on while a workbook is written."""

    def step(self) -> None:
        """One more row is written."""

    def keep(self) -> None:
        """Nothing is finished, and it goes on; called often."""


class Takes(Protocol):
    """What takes the bytes of the file, from the first to the last."""

    def write(self, data: bytes, /) -> object:
        """Append them."""


def write_workbook(
    session: Session,
    tables: Sequence[Table],
    file: Takes,
    span: Span = ALL_DAYS,
    *,
    watched: Watched,
    rows_max: int = SHEET_ROWS_MAX,
) -> int:
    """Write the tables as one workbook into `file`; returns how many rows they have."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile(dir=folder) as packed:
        writer = _Writer(_Kept(packed, watched), folder, watched, rows_max)
        try:
            written = writer.write(session, tables, span)
        finally:
            writer.end()
        packed.seek(0)
        while data := packed.read(CHUNK):
            watched.keep()
            file.write(data)
    return written


class _Kept:
    """A file that is written in order and back; packing the sheets takes long, and is seen to go on."""

    def __init__(self, file: IO[bytes], watched: Watched) -> None:
        self._file = file
        self._watched = watched

    def write(self, data: bytes) -> int:
        self._watched.keep()
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _Writer:
    """One workbook being written."""

    def __init__(self, file: _Kept, folder: str, watched: Watched, rows_max: int) -> None:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = Workbook(file, options)
        self._watched = watched
        self._rows_max = rows_max
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._numbers: dict[int, Format] = {}

    def end(self) -> None:
        """Close what is open still, where the writing broke off."""
        for sheet in self._book.worksheets():
            sheet._opt_close()  # noqa: SLF001 - there is no other way to give a workbook up

    def write(self, session: Session, tables: Sequence[Table], span: Span) -> int:
        # A sheet of its own stands first and is filled last: each sheet's rows wait in a file of their own.
        control = self._sheet("Control")
        row = self._heading(session, control, span)
        written = 0
        for table in tables:
            totals = Totals(table)
            self._table(session, table, span, totals)
            written += totals.row_count
            controls = list(totals.controls(table.ledger(session, span)))
            if not controls:
                control.write_row(row, 0, (table.title, totals.row_count))
                row += 1
            for one in controls:
                self._control(control, row, table, totals.row_count, one)
                row += 1
        self._book.close()
        return written

    def _heading(self, session: Session, sheet: Worksheet, span: Span) -> int:
        """What the file is of; returns the row on which the totals begin."""
        last = None if span.beyond is None else span.beyond - dt.timedelta(days=1)
        for row, cells in enumerate(
            (
                ("as of", instant(market_now(session))),
                ("from", "the beginning" if span.first is None else span.first.isoformat()),
                ("to", "now" if last is None else last.isoformat()),
            )
        ):
            sheet.write_row(row, 0, cells)
        sheet.write_row(4, 0, _CONTROL_COLUMNS, self._head)
        return 5

    def _table(self, session: Session, table: Table, span: Span, totals: Totals) -> None:
        row = self._rows_max
        number = 0
        sheet: Worksheet | None = None
        for cells in table.read(session, span):
            if sheet is None or row == self._rows_max:
                number += 1
                sheet, row = self._table_sheet(table, number), 1
            totals.add(cells)
            self._row(sheet, row, cells)
            self._watched.step()
            row += 1
        if sheet is None:
            self._table_sheet(table, 1)

    def _table_sheet(self, table: Table, number: int) -> Worksheet:
        sheet = self._sheet(table.title if number == 1 else f"{table.title} ({number})")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, (*table.columns, "note"), self._head)
        return sheet

    def _sheet(self, title: str) -> Worksheet:
        sheet = self._book.add_worksheet(title)
        sheet.set_column(0, 25, _WIDTH)
        return sheet

    def _row(self, sheet: Worksheet, row: int, cells: Cells) -> None:
        exact = [self._cell(sheet, row, column, cell) for column, cell in enumerate(cells)]
        if not all(exact):
            sheet.write_string(row, len(cells), NOTE)

    def _control(self, sheet: Worksheet, row: int, table: Table, row_count: int, control: Control) -> None:
        sheet.write_string(row, 0, table.title)
        sheet.write_number(row, 1, row_count)
        sheet.write_string(row, 2, control.column)
        sheet.write_string(row, 3, control.written.currency)
        amounts = (control.written, control.ledger, None if control.ledger is None else control.difference)
        exact = [self._cell(sheet, row, 4 + number, amount) for number, amount in enumerate(amounts)]
        if not all(exact):
            sheet.write_string(row, 7, NOTE)

    def _cell(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> bool:
        """Write one cell; False for an amount that a number would not keep."""
        if cell is None:
            return True
        if isinstance(cell, Money):
            text = cell.text()
            if not _is_exact(text):
                sheet.write_string(row, column, text)
                return False
            # A Decimal is written with its own digits; a float would be with sixteen, the last one of them made up.
            sheet.write_number(row, column, Decimal(text), self._number(text))
        elif isinstance(cell, int):
            sheet.write_number(row, column, cell)
        elif isinstance(cell, dt.datetime):
            sheet.write_string(row, column, instant(cell))
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, column, cell, self._day)
        else:
            assert len(cell) <= TEXT_MAX, "no text of the books is as long"
            sheet.write_string(row, column, cell)
        return True

    def _number(self, text: str) -> Format:
        """The format that shows an amount as its text does: the minor unit's decimals, and more where there are."""
        decimals = len(text.partition(".")[2])
        if decimals not in self._numbers:
            shown = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._numbers[decimals] = self._book.add_format({"num_format": shown})
        return self._numbers[decimals]


def _is_exact(text: str) -> bool:
    """Whether a double gives the amount back digit by digit."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return len(digits) <= DIGITS_MAX
