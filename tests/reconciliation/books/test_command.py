from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.entrypoints.commands.finance import command
from marketplace.kernel.ids import new_id
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
    assert rows[0].startswith("effective_on,")
    assert [row.split(",")[-2:] for row in rows[1:]] == [["900.00", "CNY"], ["900.00", "CNY"]]
