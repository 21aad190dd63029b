"""The tables of the books, read back from the files by programs that know nothing of ours, and added up again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections import defaultdict
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.models import Journal, Posting
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import suspense
from marketplace.payouts.models import Payout
from marketplace.provenance import statements
from marketplace.provenance.statements import Month
from marketplace.reconciliation.books.csv_tables import table_csv
from marketplace.reconciliation.books.reading import ALL_DAYS, Span
from marketplace.reconciliation.books.tables import TABLES
from marketplace.reconciliation.books.workbook import NOTE, SHEET_ROWS_MAX, write_workbook
from tests import books
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.settlement import Chain
from tests.ledger.parts import ACTOR, OWN_CHECKS, cny, deposit, fill

Rows = list[dict[str, Any]]


class Unwatched:
    """Nobody looks on."""

    def step(self) -> None: ...

    def keep(self) -> None: ...


@pytest.fixture
def chain(session: Session) -> Chain:
    """The worked example's market after the first half was paid out."""
    finance = make_finance(session)
    made = make_due_chain(session, claims=3)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    return made


def csv_rows(session: Session, name: str, span: Span = ALL_DAYS) -> Rows:
    return list(csv.DictReader(io.StringIO("".join(table_csv(session, TABLES[name], span)), newline="")))


def workbook_of(session: Session, *names: str, span: Span = ALL_DAYS, rows_max: int = SHEET_ROWS_MAX) -> bytes:
    file = io.BytesIO()
    tables = [TABLES[name] for name in names or TABLES]
    write_workbook(session, tables, file, span, watched=Unwatched(), rows_max=rows_max)
    return file.getvalue()


def sheet_rows(written: bytes, title: str, first: int = 1) -> Rows:
    book = openpyxl.load_workbook(io.BytesIO(written), read_only=True)
    found = list(book[title].iter_rows(min_row=first, values_only=True))
    book.close()
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def exact(cell: object) -> Decimal:
    """What a cell says: the shortest decimal that is this double, or the text."""
    return Decimal(repr(cell)) if isinstance(cell, float) else Decimal(str(cell))


def added(rows: Rows, column: str, currency: str = "currency") -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row[currency]] += exact(row[column])
    return dict(sums)


def newest_month(session: Session) -> Month:
    """The month of the newest journal; those before it were of months before."""
    return Month(session.execute(select(func.max(Journal.effective_on))).scalar_one().replace(day=1))


def ledger_says(session: Session, *codes: Code) -> dict[str, Decimal]:
    """What accounts of these codes hold on the side of credits, by our trial balance."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in trial_balance(session, system_actor("tests")):
        if line.code in codes:
            sums[line.currency] += (line.credits - line.debits).decimal()
    return dict(sums)


AMOUNTS = {
    "trial_balance": ("opening", "debits", "credits", "closing"),
    "journal": ("amount",),
    "payables": ("amount",),
    "statements": ("opening", "earned", "given", "paid", "tax", "advance_fee", "set_apart", "closing"),
    "payouts": ("amount", "tax", "carried_in", "carried_out", "advance_fee"),
}
OF_PAYEES = (Code.PAY_DEFERRED, Code.MARGIN_DEFERRED, Code.PAY_DUE, Code.MARGIN_DUE, Code.HELD)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_last_rows_of_a_csv_are_what_its_rows_add_up_to(session: Session, chain: Chain, name: str) -> None:
    read = csv_rows(session, name)
    rows = [row for row in read if row["record"] == "row"]
    (total,) = [row for row in read if row["record"] == "total"]

    assert rows
    assert total["rows"] == str(len(rows))
    for column in AMOUNTS[name]:
        assert added(rows, column) == {"CNY": Decimal(total[column])}, column
    assert not [row for row in read if row["record"] == "difference"]


@pytest.mark.parametrize("name", list(TABLES))
def test_the_first_sheet_is_what_the_rows_of_the_others_add_up_to(session: Session, chain: Chain, name: str) -> None:
    written = workbook_of(session)
    rows = sheet_rows(written, TABLES[name].title)
    control = [row for row in sheet_rows(written, "Control", 5) if row["table"] == TABLES[name].title]

    assert {row["rows"] for row in control} == {len(rows)}
    for column in AMOUNTS[name]:
        (of,) = [row for row in control if row["column"] == column]
        assert added(rows, column) == {of["currency"]: exact(of["total"])}, column
        assert of["difference"] in {None, 0}
        assert not any(isinstance(row[column], str) for row in rows), "amounts are numbers"


def test_every_table_holds_what_the_ledger_holds(session: Session, chain: Chain) -> None:
    tables = {name: [row for row in csv_rows(session, name) if row["record"] == "row"] for name in TABLES}

    posted = session.execute(select(func.count(Posting.id), func.sum(Posting.amount))).one()
    assert len(tables["journal"]) == posted[0]
    assert added(tables["journal"], "amount") == {"CNY": Money(int(posted[1]), "CNY").decimal()}
    assert added(tables["trial_balance"], "debits") == added(tables["trial_balance"], "credits")
    assert added(tables["trial_balance"], "closing") == {"CNY": 0}
    assert {(row["code"], Decimal(row["debits"]), Decimal(row["credits"])) for row in tables["trial_balance"]} == {
        (str(int(line.code)), line.debits.decimal(), line.credits.decimal())
        for line in trial_balance(session, system_actor("tests"))
    }
    assert added(tables["payables"], "amount") == ledger_says(session, *OF_PAYEES, Code.UNCLAIMED)
    assert added(tables["statements"], "closing") == ledger_says(session, *OF_PAYEES)
    assert len(tables["payouts"]) == session.scalar(select(func.count()).select_from(Payout))


def test_a_row_of_statements_is_the_statement_that_its_payee_reads(session: Session, chain: Chain) -> None:
    month = newest_month(session)
    read = csv_rows(session, "statements", Span(month.first, month.beyond))
    rows = {row["payee"]: row for row in read if row["record"] == "row"}
    assert len(rows) == 5, "three workers and two layers"
    for actor, id_ in (
        (chain.workers[0], public("person", chain.workers[0].person)),
        (chain.layers[0][0], public("organization", chain.layers[0][0].organization)),
    ):
        (own,) = statements.statement(session, actor, month)
        row = rows[id_]
        assert [row[name] for name in ("opening", "earned", "given", "paid", "tax", "closing")] == [
            one.text() for one in (own.owed_at_first, own.earned, own.given, own.paid, own.tax, own.owed_at_end)
        ]


def test_a_month_of_the_books_leads_from_its_opening_to_its_closing(session: Session, chain: Chain) -> None:
    month = newest_month(session)
    before, after = Span(None, month.first), Span(month.first, month.beyond)
    first, second, whole = (csv_rows(session, "trial_balance", span) for span in (before, after, ALL_DAYS))
    closed = {row["code"]: row["closing"] for row in first if row["record"] == "row"}
    opened = {row["code"]: row["opening"] for row in second if row["record"] == "row"}
    assert closed
    assert closed == {code: opening for code, opening in opened.items() if code in closed}
    assert {row["code"]: row["closing"] for row in second if row["record"] == "row"} == {
        row["code"]: row["closing"] for row in whole if row["record"] == "row"
    }
    days = {row["effective_on"] for row in csv_rows(session, "journal", after) if row["record"] == "row"}
    assert days
    assert min(days) >= month.first.isoformat()
    for name in ("journal", "statements"):
        assert not [row for row in csv_rows(session, name, after) if row["record"] == "difference"]


def test_rows_that_the_ledger_does_not_know_are_seen_in_the_file(session: Session, chain: Chain) -> None:
    with session.begin_nested() as undone:
        session.execute(update(Payout).values(carried_out=Payout.carried_out + 7))
        read = csv_rows(session, "payables")
        control = sheet_rows(workbook_of(session, "payables"), "Control", 5)
        undone.rollback()

    (difference,) = [row for row in read if row["record"] == "difference"]
    count = session.scalar(select(func.count()).select_from(Payout)) or 0
    assert difference["amount"] == Money(7 * count, "CNY").text()
    assert exact(control[0]["difference"]) == Decimal(difference["amount"])


def big(session: Session, amount: Money, number: int) -> None:
    pairs = [
        Pair(AccountRef(Code.BANK_WAGES, amount.currency), suspense(f"=1+1 {number}", amount.currency), amount),
    ]
    post(session, ACTOR, kind="J15", key=f"=big {number}", pairs=pairs, subject=("external_line", new_id()))


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_an_amount_is_a_number_only_where_a_number_keeps_every_digit(
    session: Session, monkeypatch: pytest.MonkeyPatch, currency: str
) -> None:
    monkeypatch.setattr(books, "names", [])
    units = [1, 9_95_0000, 123_456_789_012_345, 999_999_999_999_999, 9_007_199_254_740_993, 10**17]
    for number, unit in enumerate(units):
        big(session, Money(unit, currency), number)

    written = workbook_of(session, "journal")
    rows = sheet_rows(written, "Journal")

    assert [exact(row["amount"]) for row in rows] == [Money(unit, currency).decimal() for unit in units]
    assert [isinstance(row["amount"], str) for row in rows] == [False, False, False, False, True, False]
    assert [row["note"] for row in rows] == [None, None, None, None, NOTE, None]
    total = next(row for row in sheet_rows(written, "Control", 5) if row["column"] == "amount")
    assert Decimal(total["total"]) == Money(sum(units), currency).decimal()
    assert total["note"] == NOTE
    # Not only by what a reader makes of it: the digits in the file are the amount's own.
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        xml = parts.read("xl/worksheets/sheet2.xml").decode()
    numbers = {Decimal(text) for text in re.findall(r"<v>([^<]+)</v>", xml)}
    assert numbers >= {Money(unit, currency).decimal() for unit in units if unit != 9_007_199_254_740_993}


def test_no_cell_of_a_file_is_a_formula(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "names", [])
    big(session, cny("1"), 1)

    (row, *_) = csv_rows(session, "journal")
    written = workbook_of(session, "journal")

    assert row["key"] == "'=big 1"
    assert sheet_rows(written, "Journal")[0]["key"] == "=big 1"
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        assert not any("<f>" in parts.read(name).decode() for name in parts.namelist() if "sheet" in name)


def test_what_is_below_nothing_stays_a_number(session: Session, chain: Chain) -> None:
    lines = "".join(table_csv(session, TABLES["trial_balance"])).splitlines()
    assert any(",-" in line for line in lines)
    assert not any(",'-" in line for line in lines)


def test_a_table_that_is_too_long_for_a_sheet_goes_on_in_another(session: Session, chain: Chain) -> None:
    posted = session.scalar(select(func.count(Posting.id))) or 0
    written = workbook_of(session, "journal", rows_max=6)
    book = openpyxl.load_workbook(io.BytesIO(written), read_only=True)
    titles = book.sheetnames
    book.close()
    assert titles[:3] == ["Control", "Journal", "Journal (2)"]
    assert len(titles) == 1 + -(-posted // 5)
    rows = [row for title in titles[1:] for row in sheet_rows(written, title)]
    assert len(rows) == posted
    (control,) = sheet_rows(written, "Control", 5)
    assert added(rows, "amount") == {"CNY": exact(control["total"])}


def test_days_are_days_and_amounts_show_the_decimals_they_have(session: Session, chain: Chain) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(session, "journal")))
    (first, *_) = book["Journal"].iter_rows(min_row=2)
    assert isinstance(first[0].value, dt.datetime)
    assert first[0].number_format == "yyyy-mm-dd"
    assert first[9].number_format == "#,##0.00"
    book.close()


@pytest.mark.parametrize("name", list(TABLES))
def test_nothing_posted_is_an_empty_table(session: Session, name: str) -> None:
    (total,) = csv_rows(session, name)
    assert (total["record"], total["rows"]) == ("total", "0")
    assert sheet_rows(workbook_of(session, name), TABLES[name].title) == []


def test_a_writing_that_breaks_off_leaves_no_file_open(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "names", OWN_CHECKS)
    fill(session, deposit(new_id()), cny("900"))

    class Stops(Unwatched):
        def step(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_workbook(session, [TABLES["journal"]], io.BytesIO(), watched=Stops())
    assert session.scalar(select(func.count()).select_from(Journal)) == 1
