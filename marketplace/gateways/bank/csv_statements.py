"""Reading a bank's CSV by a saved layout: one statement for each day, whose balances are checked row by row.

A file is read whole or refused, with the row (as a spreadsheet counts them) and the rule. A day that was imported
before is known by what it says, so that files that overlap do no harm.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.statements import Entry, Statement, money_of, refused
from marketplace.kernel.bank_numbers import compact, is_iban
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.rails.csv_layouts import DATE_FORMS, DELIMITERS, CsvLayout

HEADER_WITHIN: Final = 20
"""The row of the columns' names is among the first so many: some banks write their own name above it."""

ROWS_MAX: Final = 100_000
CELL_MAX: Final = 10_000
YEARS: Final = range(1970, 2200)


def read(
    data: bytes, layout: CsvLayout, account: str, opening: Money | None, closing: Money | None, today: dt.date
) -> list[Statement]:
    """The statements in a file of our account. Raises statement_invalid, which names the row and the rule.

    Its days are before `today`: what the bank adds to a day later would change a statement. Without a column of
    balances the opening and the closing balance are needed, and checked as far as that goes.
    """
    header, rows = _rows(data, layout)
    found = [_Row(number, dict(zip(header, cells, strict=True)), layout) for number, cells in rows]
    if layout.newest_first:
        found.reverse()
    if not found:
        raise refused("The file holds no line.")
    for row in found:
        _require_account(row, layout, account)
    entries = [(row.number, row.entry(), row.balance()) for row in found]
    balance = _opening(entries, layout, opening, closing)
    last_day, statements = dt.date.min, []
    for day, group in groupby(entries, key=lambda one: one[1].booked_on):
        of_day, first = list(group), balance
        if day < last_day:
            raise refused(f"Row {of_day[0][0]}: the days go backwards; is the newest line first?")
        if day >= today:
            raise refused(f"Row {of_day[0][0]}: {day.isoformat()}: The last day is not over; leave it out.")
        last_day = day
        for number, entry, shown in of_day:
            balance += entry.amount
            if shown is not None and shown != balance:
                raise refused(
                    f"Row {number}: with {entry.amount} the balance is {balance}, and the file says {shown}: "
                    f"a line is missing, doubled, or in another order."
                )
        moved = [entry for _, entry, _ in of_day if not entry.amount.is_zero]
        statements.append(Statement(account, f"CSV {day.isoformat()}", first, balance, day, moved))
    if closing is not None and balance != closing:
        raise refused(f"The lines lead from the opening balance to {balance}, not to {closing}.")
    return statements


def _rows(data: bytes, layout: CsvLayout) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = data.decode("utf-8-sig" if layout.encoding == "utf-8" else layout.encoding)
    except UnicodeDecodeError:
        raise refused(f"The file is not {layout.encoding} throughout.") from None
    if "\0" in text:
        raise refused("The file holds bytes that no CSV has.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[layout.delimiter], strict=True)
    header: list[str] | None = None
    found: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(_safely(reader), start=1):
        if header is None:
            header = _header(cells, layout)
            if header is None and number >= HEADER_WITHIN:
                break
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                raise refused(f"Row {number}: {len(cells)} cells, and {len(header)} columns.")
            if len(found) >= ROWS_MAX:
                raise refused(f"The file has more than {ROWS_MAX} lines.")
            found.append((number, cells))
    if header is None:
        raise refused(f"No row among the first {HEADER_WITHIN} names all columns: {', '.join(layout.columns)}.")
    return header, found


def _safely(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise refused(f"Row {number}: no CSV ({problem}).") from None
        if any(len(cell) > CELL_MAX for cell in cells):
            raise refused(f"Row {number}: a cell is longer than {CELL_MAX} characters.")
        yield cells


def _header(cells: Sequence[str], layout: CsvLayout) -> list[str] | None:
    names = [cell.strip() for cell in cells]
    if not set(layout.columns) <= set(names):
        return None
    doubled = next((name for name in layout.columns if names.count(name) > 1), None)
    if doubled is not None:
        raise refused(f"Two columns are named {doubled}.")
    return [name if name in layout.columns else f"{position} {name}" for position, name in enumerate(names)]


class _Row:
    """One row by the names of its columns; what is wrong with it is told with its number."""

    def __init__(self, number: int, cells: Mapping[str, str], layout: CsvLayout) -> None:
        self.number = number
        self._cells = cells
        self._layout = layout

    def text(self, column: str | None) -> str:
        return "" if column is None else self._cells[column].strip()

    def entry(self) -> Entry:
        layout, amount = self._layout, self._amount()
        kind = self.text(layout.kind)
        said = [self.text(column) for column in (layout.reference, *layout.text)]
        return Entry(
            amount=amount,
            booked_on=self._day(),
            text=" | ".join(text for text in said if text),
            bank_reference=self.text(layout.reference),
            returned=bool(kind) and kind in layout.returns,
            charge=amount.amount < 0 and bool(kind) and kind in layout.charges,
            other=self._other(),
        )

    def balance(self) -> Money | None:
        return None if self._layout.balance is None else self._money(self._layout.balance)

    def _amount(self) -> Money:
        layout = self._layout
        if layout.amount is not None:
            return self._money(layout.amount)
        filled = [column for column in (layout.debit, layout.credit) if column is not None and self.text(column)]
        if len(filled) != 1:
            raise self._refused(f"either {layout.debit} or {layout.credit} holds the amount")
        amount = self._money(filled[0])
        if amount.amount < 0:
            raise self._refused(f"{filled[0]} holds amounts without a sign")
        return -amount if filled[0] == layout.debit else amount

    def _money(self, column: str) -> Money:
        text, decimal = self.text(column), re.escape(self._layout.decimal)
        group = r"\." if self._layout.decimal == "," else ","
        if not re.fullmatch(
            rf"[+-]?(?:\d{{1,15}}|\d{{1,3}}(?:{group}\d{{3}}){{1,4}})(?:{decimal}\d{{1,4}})?", text, re.ASCII
        ):
            raise self._refused(f"{text[:40]!r} in {column} is no amount")
        plain = re.sub(group, "", text.lstrip("+-")).replace(self._layout.decimal, ".")
        try:
            return money_of(plain, self._layout.currency, debit=text.startswith("-"))
        except DomainError:
            raise self._refused(f"{text[:40]!r} in {column} is no amount in {self._layout.currency}") from None

    def _day(self) -> dt.date:
        text = self.text(self._layout.date)
        found = re.fullmatch(DATE_FORMS[self._layout.date_form], text, re.ASCII)
        try:
            day = None if found is None else dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise self._refused(f"{text[:40]!r} in {self._layout.date} is no day ({self._layout.date_form})")
        return day

    def _other(self) -> BankDetails | None:
        name, account = self.text(self._layout.other_name), compact(self.text(self._layout.other_account))
        if not account:
            # Somebody all the same: a line that names them is not taken for one that names nobody.
            return BankDetails(name) if name else None
        return BankDetails(name, iban=account) if is_iban(account) else BankDetails(name, number=account)

    def _refused(self, rule: str) -> DomainError:
        return refused(f"Row {self.number}: {rule}.")


def _require_account(row: _Row, layout: CsvLayout, account: str) -> None:
    if layout.account is not None and compact(row.text(layout.account)) != account:
        raise refused(f"Row {row.number}: {row.text(layout.account)[:40]!r} is not our account in {layout.currency}.")


def _opening(
    entries: Sequence[tuple[int, Entry, Money | None]], layout: CsvLayout, opening: Money | None, closing: Money | None
) -> Money:
    if any(money is not None and money.currency != layout.currency for money in (opening, closing)):
        raise refused(f"The balances of this layout are in {layout.currency}.")
    _, first, shown = entries[0]
    if shown is None:
        if opening is None or closing is None:
            raise refused("Without a column of balances the opening and the closing balance are needed.")
        return opening
    before = shown - first.amount
    if opening is not None and opening != before:
        raise refused(f"The first line begins at {before}, not at {opening}.")
    return before
