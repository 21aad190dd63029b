"""Control totals: what the rows of a table sum to as they are written, beside what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from marketplace.kernel.money import Money
from marketplace.reconciliation.books.tables import Cells, Table


@dataclass(frozen=True, slots=True)
class Control:
    """One column in one currency: the sum of what was written, and that of the ledger, None where it knows none."""

    column: str
    written: Money
    ledger: Money | None

    @property
    def difference(self) -> Money:
        """What was written beyond what the ledger says; nothing where it says nothing."""
        return Money.zero(self.written.currency) if self.ledger is None else self.written - self.ledger


class Totals:
    """Adds up a table, exactly, by column and currency, in memory that does not grow with it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._sums: dict[tuple[str, str], int] = {}
        self.row_count = 0

    def add(self, cells: Cells) -> None:
        """One more row."""
        self.row_count += 1
        for column, cell in zip(self._table.columns, cells, strict=True):
            if isinstance(cell, Money):
                key = (column, cell.currency)
                self._sums[key] = self._sums.get(key, 0) + cell.amount

    def controls(self, ledger: Mapping[str, list[Money]]) -> Iterator[Control]:
        """Each column with amounts, by currency, with what the ledger says of it; also what it says and no row has."""
        said = {(column, one.currency): one for column, sums in ledger.items() for one in sums}
        order = {column: number for number, column in enumerate(self._table.columns)}
        for column, currency in sorted({*self._sums, *said}, key=lambda key: (key[1], order[key[0]])):
            key = (column, currency)
            nothing = Money.zero(currency)
            of_ledger = said.get(key, nothing) if column in ledger else None
            yield Control(column, Money(self._sums.get(key, 0), currency), of_ledger)
