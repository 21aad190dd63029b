"""`piecework keys`: changing the keys of a market with payees in it."""

import os

from click.testing import CliRunner, Result
from sqlalchemy import Engine

from marketplace.db.engine import make_engine, transaction
from marketplace.db.keyring import load_keys
from marketplace.entrypoints.cli import piecework
from marketplace.rails.methods import destination_of, keep_destination
from marketplace.settings import Settings
from tests.builders.identity import make_worker
from tests.server import Server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(piecework, ["keys", *arguments])


def test_keys_are_changed_while_payees_have_accounts(
    settings: Settings, server: Server, committing_database: str, committing_engine: Engine
) -> None:
    ring = load_keys(settings)
    engine = make_engine(server.app_url(committing_database), application_name="a market at work", keys=ring)
    with transaction(engine) as session:
        worker = make_worker(session)
        keep_destination(session, worker, "sandbox", "acct_1")
    old = ring.current.id.hex()
    assert f"{old}  encrypts, 1 values" in run("list").output

    rotated = run("rotate")

    assert rotated.exit_code == 0, rotated.output
    new = ring.current.id.hex()
    assert new != old
    assert "1 values have it" in rotated.output
    assert run("list").output.splitlines() == [f"{new}  encrypts, 1 values", f"{old}  decrypts only, 0 values"]
    assert "Wait an hour" in str(run("drop", old).exception)
    path = settings.data_dir / "payee_key"
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 4000))
    assert "Rotate first" in str(run("drop", new).exception)
    assert "no key ffffffff" in str(run("drop", "ffffffff").exception)
    assert run("drop", old).exit_code == 0
    with transaction(engine) as session:
        assert destination_of(session, worker.person, "sandbox") == "acct_1"
    assert path.stat().st_mode & 0o777 == 0o600
    engine.dispose()


def test_a_key_that_is_missing_is_said(
    settings: Settings, server: Server, committing_database: str, committing_engine: Engine
) -> None:
    engine = make_engine(
        server.app_url(committing_database), application_name="a market at work", keys=load_keys(settings)
    )
    with transaction(engine) as session:
        keep_destination(session, make_worker(session), "sandbox", "acct_1")
    engine.dispose()
    (settings.data_dir / "payee_key").unlink()
    assert "IS MISSING, 1 values cannot be read" in run("list").output
