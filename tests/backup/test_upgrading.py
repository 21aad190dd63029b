"""The previous release: its tables, and data that is not of this one, on the PostgreSQL that it came with."""

from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE
from marketplace.entrypoints.backup import manifest
from marketplace.entrypoints.backup.making import make_backup
from marketplace.rails.freezing import current_freeze
from tests.backup.conftest import Running
from tests.backup.test_backup import restored, silent
from tests.invariants import check_invariants

DATA = (
    "SELECT 'payout ' || state AS what, count(*) FROM payout GROUP BY state "
    "UNION ALL SELECT 'installment ' || state, count(*) FROM installment GROUP BY state "
    "UNION ALL SELECT 'journal ' || kind, count(*) FROM journal GROUP BY kind "
    "UNION ALL SELECT 'leaves', count(*) FROM audit_leaf"
)


def data(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {what: int(count) for what, count in connection.execute(text(DATA))}


def server_major(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def test_data_of_the_previous_release_is_brought_to_this_one_in_place(old_market: Running) -> None:
    before = data(old_market.engine)
    assert before["payout unknown"] == 1
    assert migrate.current(old_market.engine) == "0051"
    migrate.upgrade(old_market.server.urls.owner, app_role=APP_ROLE)
    assert migrate.current(old_market.engine) == migrate.head()
    assert migrate.differences(old_market.engine) == []
    assert data(old_market.engine) == before
    with Session(old_market.engine) as session:
        check_invariants(session)
        assert current_freeze(session) is None


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
            check_invariants(session)
            assert current_freeze(session) is not None

    restored(tmp_path / "backup", tmp_path / "new", look)
