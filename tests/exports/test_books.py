from __future__ import annotations

import datetime as dt
import hashlib
import io

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.sealing import seal
from marketplace.db.clock import market_now
from marketplace.exports.formats import BOOKS, FORMATS
from marketplace.kernel.errors import DomainError
from marketplace.kernel.terms import months_after
from marketplace.ledger.models import Journal, Posting
from marketplace.payouts import ageing
from marketplace.provenance.statements import Month
from marketplace.reconciliation.books.reading import Span
from tests.audit.parts import SIGNER
from tests.builders.exports import ask, enroll, export_bytes, export_text, rows_of, seen
from tests.builders.identity import make_staff
from tests.builders.media import MemoryStorage
from tests.builders.payouts import make_due_chain
from tests.oracles import ask_beancount, our_balances
from tests.reconciliation.books.test_tables import csv_rows


def test_finance_gets_each_file_of_the_books_and_nobody_else_any(session: Session) -> None:
    chain, storage = make_due_chain(session), MemoryStorage()
    finance, client = make_staff(session, "finance"), enroll(session, chain.client)
    seal(session, SIGNER)  # ageing is of what the log has
    for name in BOOKS:
        export = ask(session, finance, name)
        written = export_bytes(session, storage, export)
        made = seen(session, export)
        assert made.export.sha256 == hashlib.sha256(written).digest()
        assert (made.export.row_count or 0) == made.operation.progress_done
        assert made.export.row_count or name == "books_payouts.csv", "nothing is paid out yet"
        for other in (client, make_staff(session, "operations")):
            with pytest.raises(DomainError, match="forbidden"):
                ask(session, other, name)


def test_ageing_of_a_month_is_that_of_its_last_day_and_of_the_present_one_todays(session: Session) -> None:
    make_due_chain(session)
    seal(session, SIGNER)
    finance, storage = make_staff(session, "finance"), MemoryStorage()
    today = market_now(session).date()
    before = Month(months_after(today.replace(day=1), -1))
    ended = before.beyond - dt.timedelta(days=1)
    written = {}
    for month, day in ((before, ended), (Month(today.replace(day=1)), today), (None, today)):
        written[month] = export_bytes(session, storage, ask(session, finance, "books_ageing.csv", month=month)).decode()
        when = ageing.moment(session, finance, day)
        assert written[month] == "".join(ageing.ageing_csv(session, finance, when))
        assert {row["as_of"] for row in rows_of(written[month])} == {str(day)}
    assert written[before] != written[None]


def test_the_workbook_and_the_journals_are_those_of_the_books(session: Session) -> None:
    make_due_chain(session)
    finance, storage = make_staff(session, "finance"), MemoryStorage()

    book = openpyxl.load_workbook(io.BytesIO(export_bytes(session, storage, ask(session, finance, "books.xlsx"))))
    postings = session.scalar(select(func.count(Posting.id))) or 0

    assert book["Journal"].max_row == 1 + postings
    assert ask_beancount(export_text(session, storage, finance, "books.beancount")) == our_balances(session)


def test_a_file_may_be_of_one_month_where_its_format_is_made_of_days(session: Session) -> None:
    make_due_chain(session)
    finance, storage = make_staff(session, "finance"), MemoryStorage()
    newest = session.execute(select(func.max(Journal.effective_on))).scalar_one()
    month = Month(newest.replace(day=1))

    export = ask(session, finance, "books_journal.csv", month=month)
    rows = rows_of(export_bytes(session, storage, export).decode())

    assert export.month == month.first
    assert rows == csv_rows(session, "journal", Span(month.first, month.beyond))
    assert 1 < len(rows) < len(csv_rows(session, "journal"))
    for name in set(FORMATS) - {name for name in FORMATS if FORMATS[name].monthly}:
        if FORMATS[name].of_job is None:
            with pytest.raises(DomainError, match="not of one month"):
                ask(session, finance, name, month=month)
