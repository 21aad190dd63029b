import datetime as dt

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.audit.sealing import seal
from marketplace.db.clock import market_now
from marketplace.entrypoints.commands.finance import command as finance_command
from marketplace.entrypoints.commands.ledger import command
from marketplace.identity import directory
from marketplace.identity.models import Person
from marketplace.kernel.ids import new_id
from tests.audit.parts import SIGNER
from tests.builders.identity import TESTS
from tests.builders.payouts import make_finance
from tests.builders.settlement import move_clock_to
from tests.ledger.parts import cny, deposit, fill
from tests.server import Server


@pytest.fixture
def market(committing_engine: Engine) -> Engine:
    with Session(committing_engine) as session, session.begin():
        fill(session, deposit(new_id()), cny("900"))
    return committing_engine


def run(server: Server, database: str, *words: str) -> Result:
    urls = {"DATABASE_URL": server.app_url(database), "DATABASE_OWNER_URL": server.owner_url(database)}
    return CliRunner().invoke(command, list(words), env=urls)


def test_sound_books_are_said_to_hold(server: Server, committing_database: str, market: Engine) -> None:
    result = run(server, committing_database, "check")

    assert result.exit_code == 0, result.output
    assert "holds  I1   every posting is more than nothing" in result.output
    assert "checks hold." in result.output


def test_altered_books_are_named_and_the_command_fails(
    server: Server, committing_database: str, market: Engine
) -> None:
    alter = "UPDATE account_balance SET balance = balance + 1"
    mend = "UPDATE account_balance SET balance = balance - 1"
    with market.begin() as connection:
        connection.execute(text(alter))

    result = run(server, committing_database, "check")

    assert result.exit_code == 1
    assert "FAILS  I10" in result.output
    assert "900000001 ledger units are kept, the postings sum to 900000000" in result.output
    with market.begin() as connection:
        connection.execute(text(mend))


def test_balances_are_shown(server: Server, committing_database: str, market: Engine) -> None:
    result = run(server, committing_database, "balance")

    assert result.exit_code == 0, result.output
    assert [" ".join(line.split()) for line in result.output.splitlines()] == [
        "1100 available at the rail 900.00 CNY",
        "1110 pending at the rail 0.00 CNY",
        "2010 client's deposit 900.00 CNY",
    ]


def test_two_people_close_a_month_on_the_command_line(server: Server, committing_database: str, market: Engine) -> None:
    with Session(market) as session, session.begin():
        finance = make_finance(session)
        for actor in (finance.preparer, finance.approver):
            directory.add_member(session, TESTS, actor.person, actor.organization, "finance")
        day = (market_now(session).date() + dt.timedelta(days=40)).replace(day=2)
        move_clock_to(session, day)
        emails = [session.get_one(Person, actor.person).email for actor in (finance.preparer, finance.approver)]
    month = f"{day.replace(day=1) - dt.timedelta(days=1):%Y-%m}"

    proposed = run(server, committing_database, "propose-close", month, "--by", emails[0])
    assert proposed.exit_code == 0, proposed.output
    closed = run(server, committing_database, "approve-close", proposed.output.split()[1], "--by", emails[1])

    assert closed.exit_code == 0, closed.output
    assert f"The books are closed to the end of {month}." in closed.output
    assert "900.00 CNY" in closed.output
    close = proposed.output.split()[1]
    reopening = run(server, committing_database, "propose-reopen", close, "A statement came late.", "--by", emails[0])
    refused = run(
        server, committing_database, "refuse-period", reopening.output.split()[1].strip("."), "No.", "--by", emails[1]
    )
    assert f"Refused; {month} stays as it is." in refused.output
    reopening = run(server, committing_database, "propose-reopen", close, "It must be.", "--by", emails[0])
    again = run(
        server, committing_database, "approve-reopen", reopening.output.split()[1].strip("."), "--by", emails[1]
    )
    assert f"{month} is open again." in again.output


def test_ageing_is_written_as_csv(server: Server, committing_database: str, committing_engine: Engine) -> None:
    urls = {
        "DATABASE_URL": server.app_url(committing_database),
        "DATABASE_OWNER_URL": server.owner_url(committing_database),
    }
    with Session(committing_engine) as session, session.begin():
        fill(session, deposit(new_id()), cny("900"))
        seal(session, SIGNER)
    result = CliRunner().invoke(finance_command, ["ageing"], env=urls)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "as_of,known_at,tree_size,payee_kind,payee,contract,payout,bucket,since,reason,amount,currency"
    ]
    result = CliRunner().invoke(finance_command, ["ageing", "--as-of", "2999-01-01"], env=urls)
    assert result.exit_code != 0
