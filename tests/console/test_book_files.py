"""Finance asks for a file of the books on a page, and fetches it there."""

import hashlib

from sqlalchemy.orm import Session

from marketplace.exports.keeping import keep_books
from tests.builders.exports import run_exports
from tests.builders.identity import make_staff
from tests.builders.media import MemoryStorage
from tests.builders.payouts import inside, make_due_chain
from tests.console.conftest import Enter


def test_finance_asks_for_a_file_and_fetches_it(session: Session, enter: Enter, storage: MemoryStorage) -> None:
    make_due_chain(session)
    finance = enter(make_staff(session, "finance"))
    assert 'href="/console/ledger/files"' in finance.get("/console/ledger").text
    assert "No file yet" in finance.get("/console/ledger/files").text

    refused = finance.post("/console/ledger/files", {"format": "payables.csv", "month": "2027-01"})
    assert refused.status_code == 422
    assert "payables.csv is not of one month." in refused.text
    assert (
        "A month is written as 2027-01."
        in finance.post("/console/ledger/files", {"format": "books.xlsx", "month": "soon"}).text
    )
    assert finance.post("/console/ledger/files", {"format": "books.xlsx", "month": ""}).status_code == 303
    assert finance.post("/console/ledger/files", {"format": "books_journal.csv", "month": "2027-01"}).status_code == 303
    assert "books-2027-01" not in finance.get("/console/ledger/files").text
    assert run_exports(session, storage) == 2

    page = finance.get("/console/ledger/files").text
    link = page.split('href="http')[1].split('"')[0].split("/exports/")[1]
    file = finance.get(f"/exports/{link}")
    assert file.headers["Content-Disposition"] == 'attachment; filename="books_journal-2027-01.csv"'
    assert hashlib.sha256(file.data).hexdigest() in page
    assert "books.xlsx" in page


def test_finance_fetches_what_is_kept_of_a_month(session: Session, enter: Enter, storage: MemoryStorage) -> None:
    make_due_chain(session)
    assert keep_books(inside(session), inside(session), storage)
    finance = enter(make_staff(session, "finance"))
    page = finance.get("/console/ledger/files").text
    path = page.split('<a href="/console/ledger/files/')[1].split('"')[0]
    file = finance.get(f"/console/ledger/files/{path}")
    assert file.status_code == 200
    assert hashlib.sha256(file.data).hexdigest() in page
    assert finance.get("/console/ledger/files/2020-01/books.xlsx").status_code == 404
    assert enter(make_staff(session, "dispute_decider")).get(f"/console/ledger/files/{path}").status_code == 403


def test_the_auditor_sees_the_files_and_asks_for_none(session: Session, enter: Enter) -> None:
    auditor = enter(make_staff(session, "auditor"))
    page = auditor.get("/console/ledger/files")
    assert page.status_code == 200
    assert "Ask for a file" not in page.text
    assert auditor.post("/console/ledger/files", {"format": "books.xlsx"}).status_code == 403
