"""Statements as CSV, by a saved layout: read whole or refused, with the row and the rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank import csv_statements
from marketplace.gateways.bank.csv_layouts import save_layout
from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.importing import gaps, import_statements
from marketplace.gateways.bank_models import BankLine, BankStatement
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.rails.csv_layouts import CsvLayout, CsvStatement
from marketplace.reconciliation.models import ExternalLine
from tests.builders.identity import make_staff
from tests.gateways.bank.imitation import OURS
from tests.gateways.bank.standing import AtTheBank, cny
from tests.gateways.bank.test_windows import executed, pay

ACCOUNT = OURS["CNY"].number
TODAY = dt.date(2025, 4, 1)
LAYOUT = CsvLayout(
    name="ours",
    currency="CNY",
    date="Date",
    date_form="DD.MM.YYYY",
    amount="Amount",
    balance="Balance",
    account="Account",
    reference="Ref",
    text=("Text",),
    kind="Kind",
    charges=("FEE",),
    returns=("RETURN",),
    delimiter="semicolon",
    decimal=",",
)
TOTALS = replace(LAYOUT, name="totals", amount=None, debit="Out", credit="In", balance=None, account=None)
HEADER = "Date;Account;Ref;Kind;Text;Amount;Balance\n"
GOOD = (
    f"Our bank;;;;;;\n{HEADER}"
    f"01.03.2025;{ACCOUNT};R1;;a client;1.000,00;1.000,00\n"
    f"01.03.2025;{ACCOUNT};R2;FEE;charges;-0,35;999,65\n"
    f"\n"
    f'02.03.2025;{ACCOUNT};R3;;"two\nlines; one cell";-99,65;900,00\n'
).encode()


def read(data: bytes, layout: CsvLayout = LAYOUT) -> list[tuple[str, int, str]]:
    found = csv_statements.read(data, layout, ACCOUNT, None, None, TODAY)
    return [(one.statement_id, len(one.entries), one.closing.text()) for one in found]


def test_each_day_is_a_statement_whose_balances_follow(session: Session, there: AtTheBank) -> None:
    assert read(GOOD) == [("CSV 2025-03-01", 2, "999.65"), ("CSV 2025-03-02", 1, "900.00")]
    save_layout(session, there.finance, LAYOUT)

    imported = import_statements(session, there.finance, OURS, GOOD, CsvStatement("ours"))

    assert [(one.is_new, dict(one.kinds)) for one in imported] == [(True, {"other": 1, "fee": 1}), (True, {"other": 1})]
    assert gaps(session, there.finance) == []
    again = import_statements(session, there.finance, OURS, GOOD, CsvStatement("ours"))
    assert [one.is_new for one in again] == [False, False]
    later = GOOD + f"03.03.2025;{ACCOUNT};R4;;next;1,00;901,00\n".encode()
    assert [one.is_new for one in import_statements(session, there.finance, OURS, later, CsvStatement("ours"))] == [
        False,
        False,
        True,
    ]
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 4


def test_a_day_that_says_something_else_now_is_refused_and_nothing_is_kept(session: Session, there: AtTheBank) -> None:
    save_layout(session, there.finance, LAYOUT)
    import_statements(session, there.finance, OURS, GOOD, CsvStatement("ours"))
    more = GOOD + f"02.03.2025;{ACCOUNT};R4;;late;1,00;901,00\n".encode()
    with pytest.raises(DomainError, match="statement_changed"):
        import_statements(session, there.finance, OURS, more, CsvStatement("ours"))
    assert session.scalars(select(func.count()).select_from(BankStatement)).one() == 2


def test_a_day_that_is_not_over_is_left_out(session: Session, there: AtTheBank) -> None:
    save_layout(session, there.finance, LAYOUT)
    today = market_now(session).date()
    for days in (0, 1):
        day = today + dt.timedelta(days=days)
        data = GOOD.decode().replace("02.03.2025", f"{day:%d.%m.%Y}").encode()
        with pytest.raises(DomainError, match=f"Row 6: {day}: The last day is not over; leave it out"):
            import_statements(session, there.finance, OURS, data, CsvStatement("ours"))
    assert session.scalars(select(func.count()).select_from(BankStatement)).one() == 0
    data = GOOD.decode().replace("02.03.2025", f"{today - dt.timedelta(days=1):%d.%m.%Y}").encode()
    assert len(import_statements(session, there.finance, OURS, data, CsvStatement("ours"))) == 2


def test_a_payment_on_a_csv_settles_its_payout(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 1, 2)
    lines = executed(there)
    balance = there.bank.balance
    rows = ["Date;Account;Ref;Kind;Text;Amount;Balance"]
    for number, line in enumerate(lines):
        balance += line.amount
        written = [one.text().replace(".", ",") for one in (line.amount, balance)]
        rows.append(f"02.03.2025;{ACCOUNT};B{number};;EREF {line.end_to_end};{';'.join(written)}")
    save_layout(session, there.finance, LAYOUT)
    data = "\n".join(rows).encode()
    there.rail.read_statements(session, there.finance, data, CsvStatement("ours"))
    there.book()
    assert {payout.state for payout in payouts} == {"reconciled"}
    assert session.scalars(select(func.count()).where(ExternalLine.kind == "transfer")).one() == 2


def test_a_line_that_names_somebody_without_an_account_is_kept_with_the_name() -> None:
    layout = replace(LAYOUT, other_name="Text", text=())
    (first, _), _ = (one.entries for one in csv_statements.read(GOOD, layout, ACCOUNT, None, None, TODAY))
    assert first.other == BankDetails("a client")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1.000,00;1.000,00", "1.000,00;1.000,01", "Row 4: with"),
        ("-0,35;999,65", "-0,36;999,65", "Row 4: with"),
        ("-0,35", "-0.35", "Row 4: '-0.35' in Amount is no amount"),
        ("-0,35", "0,355", "Row 4: '0,355' in Amount is no amount in CNY"),
        ("-0,35", "=1+1", "Row 4: '=1\\+1' in Amount is no amount"),
        ("-0,35", "٣,00", "is no amount"),
        ("02.03.2025", "2025-03-02", "Row 6: '2025-03-02' in Date is no day"),
        ("02.03.2025", "31.02.2025", "Row 6: '31.02.2025' in Date is no day"),
        ("02.03.2025", "28.02.2025", "Row 6: the days go backwards"),
        (f"02.03.2025;{ACCOUNT}", "02.03.2025;DE00", "Row 6: 'DE00' is not our account"),
        (";R2;FEE;charges;", ";R2;FEE;charges;;", "Row 4: 8 cells, and 7 columns"),
        ("Balance", "Saldo", "No row among the first 20 names all columns"),
        ("Kind", "Date", "names all columns"),
        ("Our bank", "Our b\0ank", "bytes that no CSV has"),
        ('one cell"', "one cell", "no CSV"),
    ],
)
def test_what_is_wrong_is_told_with_its_row(old: str, new: str, told: str) -> None:
    text = GOOD.decode()
    assert old in text
    with pytest.raises(DomainError, match=told):
        read(text.replace(old, new, 1).encode())


def test_a_doubled_or_missing_row_breaks_the_balances() -> None:
    rows = GOOD.decode().splitlines(keepends=True)
    for wrong in ([*rows[:3], rows[2], *rows[3:]], [*rows[:3], *rows[4:]]):
        with pytest.raises(DomainError, match="missing, doubled, or in another order"):
            read("".join(wrong).encode())


def test_without_a_column_of_balances_they_are_given(session: Session, there: AtTheBank) -> None:
    data = b"Date;Ref;Kind;Text;Out;In\n01.03.2025;1;;a;;10,00\n02.03.2025;2;;b;4,00;\n"
    save_layout(session, there.finance, TOTALS)
    finance = there.finance
    for table, told in (
        (CsvStatement("totals"), "opening and the closing balance are needed"),
        (CsvStatement("totals", cny("5"), cny("12")), "lead from the opening balance to"),
        (CsvStatement("totals", cny("5"), Money.parse("11", "USD")), "are in CNY"),
        (CsvStatement("unknown", cny("5"), cny("11")), "not_found"),
    ):
        with pytest.raises(DomainError, match=told):
            import_statements(session, finance, OURS, data, table)
    found = import_statements(session, finance, OURS, data, CsvStatement("totals", cny("5"), cny("11")))
    assert [one.is_new for one in found] == [True, True]
    for wrong in (b"01.03.2025;1;;a;1,00;10,00", b"01.03.2025;1;;a;;", b"01.03.2025;1;;a;-1,00;"):
        with pytest.raises(DomainError, match="Row 2: "):
            import_statements(
                session,
                finance,
                OURS,
                data.replace(b"01.03.2025;1;;a;;10,00", wrong),
                CsvStatement("totals", cny("5"), cny("11")),
            )


def test_the_newest_line_may_come_first() -> None:
    rows = GOOD.decode().split("\n", 2)
    data = f"{HEADER}02.03.2025;{ACCOUNT};2;;b;1,00;11,00\n01.03.2025;{ACCOUNT};1;;a;10,00;10,00\n".encode()
    assert rows
    assert read(data, replace(LAYOUT, newest_first=True))[-1] == ("CSV 2025-03-02", 1, "11.00")
    with pytest.raises(DomainError, match="backwards"):
        read(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"amount": None},
        {"debit": "Out", "credit": "In"},
        {"balance": "Amount"},
        {"date_form": "YY"},
        {"delimiter": "pipe"},
        {"encoding": "utf-7"},
        {"decimal": ";"},
        {"date": " Date"},
        {"currency": "XXX1"},
    ],
)
def test_a_layout_that_cannot_be_read_by_is_not_saved(
    session: Session, there: AtTheBank, changes: dict[str, str | None]
) -> None:
    with pytest.raises(DomainError, match="invalid"):
        save_layout(session, there.finance, replace(LAYOUT, **changes))  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="forbidden"):
        save_layout(session, make_staff(session, "auditor"), LAYOUT)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "Purpose"}, "text is a list of texts"),
        ({"charges": [1]}, "charges is a list of texts"),
        ({"returns": "R"}, "returns is a list of texts"),
        ({"amount": 5}, "amount is text"),
        ({"date": None}, "date is text"),
        ({"newest_first": "no"}, "newest_first is true or false"),
    ],
)
def test_a_layout_of_other_types_is_refused_by_its_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(DomainError, match=said):
        CsvLayout.of({**asdict(LAYOUT), **changes})
    assert CsvLayout.of(asdict(LAYOUT)) == LAYOUT


CELLS = st.one_of(
    st.sampled_from(["01.03.2025", "02.03.2025", ACCOUNT, "1,00", "-1,00", "1.000,00", "0", "", '"', ";", "\r", "FEE"]),
    st.text(max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.lists(CELLS, min_size=6, max_size=8).map(";".join), max_size=6).map(
            lambda rows: (HEADER + "\n".join(rows)).encode()
        ),
        st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=3)).map(
            lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + 1 :]
        ),
    ),
    st.sampled_from([LAYOUT, replace(LAYOUT, encoding="latin-1"), replace(LAYOUT, delimiter="comma")]),
)
def test_whatever_a_file_holds_it_is_read_whole_or_refused(data: bytes, layout: CsvLayout) -> None:
    try:
        found = csv_statements.read(data, layout, ACCOUNT, None, None, TODAY)
    except DomainError as refusal:
        if refusal.slug != "statement_invalid":
            raise
        return
    balance = found[0].opening
    for one in found:
        assert one.opening == balance
        balance = sum((entry.amount for entry in one.entries), balance)
        assert one.closing == balance
        assert {entry.booked_on for entry in one.entries} <= {one.closed_on}
