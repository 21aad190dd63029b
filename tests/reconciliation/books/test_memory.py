import tracemalloc
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id
from marketplace.reconciliation.books.csv_tables import table_csv
from marketplace.reconciliation.books.reading import ALL_DAYS
from marketplace.reconciliation.books.tables import TABLES
from marketplace.reconciliation.books.workbook import write_workbook
from marketplace.reconciliation.books.writing import FORMATS
from tests.ledger.parts import cny, deposit, fill
from tests.reconciliation.books.test_tables import Unwatched

COPIES = 6_000


class Counted:
    """Takes bytes and keeps none."""

    size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)


def workbook(session: Session) -> int:
    file = Counted()
    write_workbook(session, list(TABLES.values()), file, watched=Unwatched())
    return file.size * 20  # it is packed


WRITERS: dict[str, Callable[[Session], int]] = {
    "beancount": lambda session: sum(len(part) for part in FORMATS["beancount"](session, ALL_DAYS)),
    "hledger": lambda session: sum(len(part) for part in FORMATS["hledger"](session, ALL_DAYS)),
    "csv": lambda session: sum(len(part) for part in table_csv(session, TABLES["journal"])),
    "xlsx": workbook,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(WRITERS))
def test_books_are_written_in_memory_that_does_not_grow_with_them(session: Session, name: str) -> None:
    with session.begin_nested() as undone:
        posted = fill(session, deposit(new_id()), cny("900"))
        copy = (
            "INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency) "
            "SELECT journal_id, debit_account_id, credit_account_id, amount, currency FROM posting, "
            "generate_series(1, :copies) WHERE journal_id = :journal"
        )
        session.execute(text(copy), {"copies": COPIES // 2, "journal": posted.journal_id})
        tracemalloc.start()
        try:
            written = WRITERS[name](session)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        undone.rollback()

    assert written > COPIES * 100
    assert peak < 2_000_000, f"{peak} bytes for {written} characters"
