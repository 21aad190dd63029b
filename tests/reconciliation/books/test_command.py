import io
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.entrypoints.commands.finance import command
from marketplace.entrypoints.commands.finance.files import _bar
from marketplace.kernel.ids import new_id
from marketplace.reconciliation.books.reading import ALL_DAYS
from marketplace.reconciliation.books.tables import TABLES
from tests import books
from tests.ledger.parts import OWN_CHECKS, cny, deposit, fill
from tests.oracles import ask_beancount, our_balances
from tests.server import Server


@pytest.fixture(autouse=True)
def own_checks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "names", OWN_CHECKS)


def test_the_command_writes_the_books_to_a_file_or_to_standard_output(
    server: Server, committing_database: str, committing_engine: Engine, tmp_path: Path
) -> None:
    with Session(committing_engine) as session, session.begin():
        fill(session, deposit(new_id()), cny("900"))
        ours = our_balances(session)
    environment = {
        "DATABASE_URL": server.app_url(committing_database),
        "DATABASE_OWNER_URL": server.owner_url(committing_database),
    }
    file = tmp_path / "books.beancount"

    written = CliRunner().invoke(command, ["export", "--format", "beancount", "--output", str(file)], env=environment)
    shown = CliRunner().invoke(command, ["export", "--format", "csv"], env=environment)

    assert written.exit_code == shown.exit_code == 0, written.output + shown.output
    assert ask_beancount(file.read_text(encoding="utf-8")) == ours
    rows = shown.output.splitlines()
    assert rows[0].startswith("record,effective_on,")
    assert [row.split(",")[-3:] for row in rows[1:]] == [
        ["900.00", "CNY", ""], ["900.00", "CNY", ""], ["1800.00", "CNY", "2"], ["1800.00", "CNY", "2"],
    ]  # fmt: skip


def test_a_bar_shows_how_far_it_is_where_somebody_looks_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(session, deposit(new_id()), cny("900"))

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen, unseen = Terminal(), io.StringIO()
    for stream in (seen, unseen):
        monkeypatch.setattr("sys.stderr", stream)
        with _bar(session, [TABLES["journal"]], ALL_DAYS) as bar:
            bar.step()
            bar.step()
            bar.keep()
    assert "Exporting" in seen.getvalue()
    assert "2/2" in seen.getvalue()
    assert unseen.getvalue() == ""


def test_the_command_writes_a_workbook_of_some_tables_and_says_what_does_not_go_together(
    server: Server, committing_database: str, committing_engine: Engine, tmp_path: Path
) -> None:
    with Session(committing_engine) as session, session.begin():
        fill(session, deposit(new_id()), cny("900"))
    environment = {
        "DATABASE_URL": server.app_url(committing_database),
        "DATABASE_OWNER_URL": server.owner_url(committing_database),
    }
    file = tmp_path / "books.xlsx"

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(command, ["export", *arguments], env=environment)

    written = run("--format", "xlsx", "--table", "trial_balance", "--table", "journal", "--output", str(file))
    shown = run("--format", "xlsx")
    assert written.exit_code == shown.exit_code == 0, written.output
    assert openpyxl.load_workbook(file).sheetnames == ["Control", "Trial balance", "Journal"]
    assert openpyxl.load_workbook(io.BytesIO(shown.stdout_bytes)).sheetnames[1:] == [
        one.title for one in TABLES.values()
    ]
    before = run("--format", "csv", "--table", "trial_balance", "--month", "2020-01")
    assert before.output.splitlines()[1:] == ["total" + "," * 8 + "0"]
    for refused in (
        ("--format", "beancount", "--table", "journal"),
        ("--format", "hledger", "--table", "journal"),
        ("--format", "csv", "--table", "journal", "--table", "payouts"),
        ("--format", "csv", "--month", "2027-13"),
    ):
        assert run(*refused).exit_code == 2, refused
