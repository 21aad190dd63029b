"""The commands, on databases of the operator's own; and the story of a payout that was sent after the backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine, transaction
from marketplace.entrypoints.cli import piecework
from marketplace.gateways.sandbox import SandboxRail
from marketplace.identity.models import Person
from marketplace.kernel.errors import DomainError
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.freezing import ask_to_lift, current_freeze
from marketplace.reconciliation.reading_back import unfreeze
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, make_approved_run, make_due_chain, make_finance
from tests.invariants import check_invariants
from tests.keys import KEYS
from tests.server import Server


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    name = server.empty()
    yield name
    server.drop(name)


@pytest.fixture
def outside(server: Server) -> Iterator[Engine]:
    """Where the rail keeps what it did, whatever becomes of the market's database."""
    name = server.clone()
    engine = make_engine(server.app_url(name), application_name="a rail")
    yield engine
    engine.dispose()
    server.drop(name)


@pytest.fixture
def finance(committing_engine: Engine) -> Finance:
    """Of a market with an approved payout run of three."""
    with transaction(committing_engine) as session:
        make_due_chain(session, items=5, items_per_task=5)
        people = make_finance(session)
        make_approved_run(session, people)
    return people


class Command:
    """The command line of a market in that database, with one data folder for its keys and media."""

    def __init__(self, server: Server, database: str, folder: Path) -> None:
        self.environment = {
            "DATABASE_URL": server.app_url(database),
            "DATABASE_OWNER_URL": server.owner_url(database),
            "DATA_DIR": str(folder),
        }

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(piecework, list(words), env=self.environment)


def only_run(engine: Engine) -> PayoutRun:
    with Session(engine) as session:
        return session.query(PayoutRun).one()


def states(engine: Engine) -> set[str]:
    with Session(engine) as session:
        return {payout.state for payout in session.query(Payout)}


def made_transfers(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM sandbox_transfer")).scalar_one())


def test_a_payout_sent_after_the_backup_is_adopted_from_the_rail_and_not_sent_again(
    server: Server,
    committing_database: str,
    committing_engine: Engine,
    finance: Finance,
    empty_database: str,
    outside: Engine,
    tmp_path: Path,
) -> None:
    with committing_engine.connect() as connection, outside.begin() as elsewhere:
        ahead = connection.execute(text("SELECT ahead_microseconds FROM market_clock")).scalar_one()
        elsewhere.execute(text("UPDATE market_clock SET ahead_microseconds = :ahead"), {"ahead": ahead})
    rails = {"sandbox": SandboxRail(lambda: transaction(outside))}
    backup = Command(server, committing_database, tmp_path / "one")("backup", str(tmp_path / "backup"))
    assert backup.exit_code == 0, backup.output
    run = only_run(committing_engine)
    sent = execute_run(lambda: transaction(committing_engine), finance.preparer, rails, run.id)
    assert sent == {"settled": 3}

    command = Command(server, empty_database, tmp_path / "two")
    restored = command("restore", str(tmp_path / "backup"))
    assert restored.exit_code == 0, restored.output
    assert "every check of the books holds" in restored.output
    engine = make_engine(server.app_url(empty_database), application_name="tests", keys=KEYS)
    try:
        assert states(engine) == {"approved"}
        with pytest.raises(DomainError, match="Payouts are frozen"):
            execute_run(lambda: transaction(engine), finance.preparer, rails, run.id)
        with transaction(engine) as session:
            ask_to_lift(session, finance.approver, "The rails can be read back.")
        outcome = unfreeze(lambda: transaction(engine), finance.preparer, rails)
        assert (outcome.adopted, outcome.left) == (3, [])
        assert states(engine) == {"reconciled"}
        execute_run(lambda: transaction(engine), finance.preparer, rails, run.id)
        assert made_transfers(outside) == 3
        with Session(engine) as session:
            check_invariants(session)
            assert current_freeze(session) is None
            with pytest.raises(DomainError, match="Nothing that is due"):
                prepare_run(session, finance.preparer, "sandbox")
    finally:
        engine.dispose()


def test_the_commands_say_what_they_did_and_what_is_to_do(
    server: Server,
    committing_database: str,
    committing_engine: Engine,
    finance: Finance,
    empty_database: str,
    tmp_path: Path,
) -> None:
    with transaction(committing_engine) as session:
        people = [make_staff(session, "finance").person for _ in range(2)]
        one, other = (session.get_one(Person, person).email or "" for person in people)
    here = Command(server, committing_database, tmp_path / "data")
    assert here("audit", "seal").exit_code == 0
    backup = here("backup", str(tmp_path / "backup"))
    assert backup.exit_code == 0, backup.output
    assert "AUDIT_KEY_FILE: audit_key.pem" in backup.output
    again = here("restore", str(tmp_path / "backup"))
    assert again.exit_code == 1
    assert "The database is not empty" in str(again.exception)

    there = Command(server, empty_database, tmp_path / "elsewhere")
    without = there("restore", str(tmp_path / "backup"))
    assert "AUDIT_KEY_FILE: the file" in str(without.exception)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    restored = there("restore", str(tmp_path / "backup"))
    assert restored.exit_code == 0, restored.output
    assert "Payouts are frozen" in restored.output
    nobody = there("payouts", "unfreeze", "--by", "nobody@example.org")
    assert "Nobody of the platform" in str(nobody.exception)
    asked = there("payouts", "ask-unfreeze", "The rails can be read back.", "--by", one)
    assert asked.exit_code == 0, asked.output
    alone = there("payouts", "unfreeze", "--by", one)
    assert "unfreeze_two_people" in str(alone.exception)
    lifted = there("payouts", "unfreeze", "--by", other.upper())
    assert lifted.exit_code == 0, lifted.output
    assert "Every transfer of the rails is explained" in lifted.output
    frozen = there("payouts", "freeze", "a drill", "--since", "2026-01-31T02:00Z")
    assert frozen.exit_code == 0, frozen.output
    assert there("payouts", "freeze", "a drill", "--since", "yesterday").exit_code == 2
