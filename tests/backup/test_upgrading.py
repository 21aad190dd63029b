"""The previous release: its tables, and data that is not of this one, on the PostgreSQL that it came with."""

import uuid
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE
from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import load_keys
from marketplace.db.sealed import OPTION
from marketplace.entrypoints.backup import manifest
from marketplace.entrypoints.backup.making import make_backup
from marketplace.ledger.checking import run_checks
from marketplace.payouts.models import DESTINATION as PAYOUT_DESTINATION
from marketplace.payouts.models import Payout
from marketplace.rails.freezing import current_freeze
from marketplace.rails.models import DESTINATION, PayoutDestination
from tests.backup.conftest import Running
from tests.backup.test_backup import restored, silent

DATA = (
    "SELECT 'payout ' || state AS what, count(*) FROM payout GROUP BY state "
    "UNION ALL SELECT 'installment ' || state, count(*) FROM installment GROUP BY state "
    "UNION ALL SELECT 'journal ' || kind, count(*) FROM journal GROUP BY kind "
    "UNION ALL SELECT 'leaves', count(*) FROM audit_leaf"
)


def data(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {what: int(count) for what, count in connection.execute(text(DATA))}


def destinations_of_0051(engine: Engine) -> set[tuple[uuid.UUID, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT payee_id, destination FROM payout_destination")).all()
    assert rows
    return {(row.payee_id, row.destination) for row in rows}


def books_hold_but_for_what_waits(session: Session) -> None:
    """All invariants, on data that stands still: what waited for its line of a rail's balance when the data was
    saved waits in it for ever, and I9 gives it a day.
    """
    report = run_checks(session)
    wrong = {finding.problem for result in report.results for finding in result.findings}
    assert {problem for problem in wrong if not problem.startswith("no line at sandbox confirms ")} == set()


def server_major(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def test_data_of_the_previous_release_is_brought_to_this_one_in_place(old_market: Running) -> None:
    before = data(old_market.engine)
    in_the_clear, keys = destinations_of_0051(old_market.engine), load_keys(old_market.settings)
    assert before["payout unknown"] == 1
    assert migrate.current(old_market.engine) == "0051"
    migrate.upgrade(old_market.server.urls.owner, app_role=APP_ROLE, keys=keys)
    assert migrate.current(old_market.engine) == migrate.head()
    assert migrate.differences(old_market.engine) == []
    assert data(old_market.engine) == before
    with Session(old_market.engine) as session:
        books_hold_but_for_what_waits(session)
        assert current_freeze(session) is None
        session.connection().execution_options(**{OPTION: keys})
        methods = session.scalars(select(PayoutDestination))
        assert {(row.payee_id, DESTINATION.get(session, row)) for row in methods} == in_the_clear
        for payout in session.scalars(select(Payout)):
            assert (payout.payee_id, PAYOUT_DESTINATION.get(session, payout)) in in_the_clear


def test_taking_the_sealing_back_loses_nothing(old_market: Running) -> None:
    in_the_clear, keys = destinations_of_0051(old_market.engine), load_keys(old_market.settings)
    owner = old_market.server.urls.owner
    migrate.upgrade(owner, app_role=APP_ROLE, keys=keys)
    migrate.downgrade(owner, revision="0056", keys=keys)
    assert destinations_of_0051(old_market.engine) == in_the_clear


def test_without_keys_nothing_is_upgraded(old_market: Running) -> None:
    with pytest.raises(DatabaseError, match="no keys to do it with"):
        migrate.upgrade(old_market.server.urls.owner, app_role=APP_ROLE)
    assert migrate.current(old_market.engine) == "0051"


def test_a_backup_takes_the_previous_release_to_this_one_and_to_the_newest_postgresql(
    old_market: Running, tmp_path: Path
) -> None:
    before = data(old_market.engine)
    assert server_major(old_market.engine) == 16
    made = make_backup(old_market.settings, tmp_path / "backup", silent)
    assert (made.revision, made.postgres_major) == ("0051", 16)
    assert manifest.read(tmp_path / "backup") == made

    def look(engine: Engine) -> None:
        assert server_major(engine) == 18
        assert migrate.current(engine) == migrate.head()
        assert migrate.differences(engine) == []
        assert data(engine) == before
        with Session(engine) as session:
            books_hold_but_for_what_waits(session)
            assert current_freeze(session) is not None

    restored(tmp_path / "backup", tmp_path / "new", look)
