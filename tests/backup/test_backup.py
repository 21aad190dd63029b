import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE
from marketplace.db.engine import make_engine, transaction
from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases
from marketplace.entrypoints.backup import manifest, programs
from marketplace.entrypoints.backup.making import make_backup
from marketplace.entrypoints.backup.restoring import restore_backup
from marketplace.gateways.choosing import make_storage
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.rails.freezing import current_freeze, require_unfrozen
from tests.backup.conftest import Running, settings_of, start, stop
from tests.invariants import check_invariants
from tests.ledger.parts import cny, deposit, fill

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
CHANGED = {"payout_freeze", "payout_freeze_event", "audit_event", "audit_words", "audit_pending"}
"""Tables that a restore writes into, to freeze payouts."""


def silent(_line: str) -> None:
    pass


def rows(engine: Engine) -> dict[str, str]:
    """The digest of each table's rows, in no order."""
    with engine.connect() as connection:
        return {
            table: connection.execute(
                text(f"SELECT coalesce(md5(string_agg(r::text, chr(10) ORDER BY r::text)), '') FROM {table} AS r")
            ).scalar_one()
            for table in connection.execute(text(TABLES)).scalars()
        }


def restored(source: Path, folder: Path, look: Callable[[Engine], None]) -> None:
    """Restore the backup into the folder, and look at the market there."""
    settings = settings_of(folder)
    restore_backup(settings, source, silent)
    with databases.running(settings) as urls:
        engine = make_engine(urls.app, application_name="tests", keys=load_keys(settings))
        try:
            look(engine)
        finally:
            engine.dispose()


def test_what_is_restored_is_what_was_backed_up_but_payouts_are_frozen(
    market: Running, backup: Path, folder: Path
) -> None:
    def look(engine: Engine) -> None:
        before, after = rows(market.engine), rows(engine)
        assert before.keys() == after.keys()
        assert {name for name in before if before[name] != after[name]} <= CHANGED
        with Session(engine) as session:
            check_invariants(session)
            freeze = current_freeze(session)
            assert freeze is not None
            assert freeze.read_from == manifest.read(backup).made_at
            assert session.execute(text("SELECT count(*) FROM payout_freeze_event")).scalar_one() == 1
            wanted = "SELECT storage_key FROM media UNION ALL SELECT storage_key FROM kept_book"
            keys = session.execute(text(wanted)).scalars().all()
        there, here = make_storage(market.settings.media_url), make_storage(settings_of(folder).media_url)
        assert len(keys) > 1, "an image and the books of a month"
        for key in keys:
            with there.open(key) as one, here.open(key) as other:
                assert one.read() == other.read()
        with pytest.raises(Exception, match="permission denied"), engine.begin() as connection:
            connection.execute(text("DELETE FROM journal"))

    restored(backup, folder, look)


def test_a_backup_names_the_keys_and_holds_none(market: Running, backup: Path) -> None:
    found = manifest.read(backup)
    assert {key.setting for key in found.keys} >= {"SECRET_KEY", "AUDIT_KEY_FILE", "WEBHOOK_KEY_FILE", "PAYEE_KEY_FILE"}
    content = b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())
    for name in ("secret_key", "audit_key.pem", "webhook_key", "payee_key"):
        for line in (market.settings.data_dir / name).read_bytes().split(b"\n"):
            assert len(line) < 20 or line.startswith(b"-----") or line not in content


def test_a_backup_made_while_everybody_works_is_one_moment(market: Running, tmp_path: Path, folder: Path) -> None:
    begun, done, count = threading.Event(), threading.Event(), []

    def work() -> None:
        while not done.is_set():
            with transaction(market.engine) as session:
                fill(session, deposit(new_id()), cny("1"), key=f"fill {new_id()}")
            count.append(1)
            begun.set()

    def journals(engine: Engine) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM journal WHERE kind = 'J1'")).scalar_one())

    people = [threading.Thread(target=work) for _ in range(3)]
    before = journals(market.engine)
    for person in people:
        person.start()
    try:
        assert begun.wait(60)
        make_backup(market.settings, tmp_path / "busy", silent)
    finally:
        done.set()
        for person in people:
            person.join()
    after = journals(market.engine)
    assert after == before + len(count)

    def look(engine: Engine) -> None:
        assert before < journals(engine) <= after
        with Session(engine) as session:
            check_invariants(session)

    restored(tmp_path / "busy", folder, look)


def test_nothing_is_restored_from_a_backup_that_is_torn_or_was_altered(
    backup: Path, tmp_path: Path, folder: Path
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    picture = min(path.relative_to(backup) for path in (backup / "media").rglob("*") if path.is_file())
    damages: dict[str, tuple[Path, Callable[[bytes], bytes | None], str]] = {
        "a torn dump": (Path("database.dump"), lambda content: content[: len(content) // 2], "torn or was altered"),
        "a wrong digest": (picture, lambda content: bytes([content[0] ^ 1]) + content[1:], "torn or was altered"),
        "a lost file": (picture, lambda _: None, "lacks"),
        "a shorter list": (Path("media.sha256"), lambda _: b"", "torn or was altered"),
        "another manifest": (Path("manifest.json"), lambda content: content + b" ", "not the one"),
        "one that broke off": (Path("manifest.sha256"), lambda _: None, "broke off"),
    }
    for name, (path, damage, message) in damages.items():
        copy = tmp_path / name
        shutil.copytree(backup, copy)
        content = damage((copy / path).read_bytes())
        (copy / path).unlink() if content is None else (copy / path).write_bytes(content)
        with pytest.raises(DatabaseError, match=message):
            restore_backup(settings_of(folder), copy, silent)
        assert sorted(path.name for path in folder.iterdir()) == before, name


def test_a_backup_of_a_newer_version_is_refused(backup: Path, tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / "newer"
    shutil.copytree(backup, copy)
    found = json.loads((copy / "manifest.json").read_text())
    found.pop("format")
    found["revision"], found["keys"] = "9999", tuple(manifest.Key(**key) for key in found["keys"])
    found["made_at"] = manifest.read(backup).made_at
    manifest.Manifest(**found).write(copy)
    with pytest.raises(DatabaseError, match="9999; this version ends"):
        restore_backup(settings_of(folder), copy, silent)
    assert not (folder / "postgres").exists()


def test_a_folder_that_holds_something_is_left_alone(market: Running, backup: Path, folder: Path) -> None:
    (folder / "postgres").mkdir()
    with pytest.raises(DatabaseError, match="is not empty, it holds postgres"):
        restore_backup(settings_of(folder), backup, silent)
    with pytest.raises(DatabaseError, match="never written over another"):
        make_backup(market.settings, backup, silent)


def test_a_dump_that_is_loaded_by_hand_is_frozen_as_well(market: Running, backup: Path, folder: Path) -> None:
    other = start(folder)
    try:
        urls = other.server.urls
        bare = ["--no-owner", "--no-privileges", str(backup / "database.dump")]
        programs.run("pg_restore", 18, urls.owner, *bare)
        migrate.upgrade(urls.owner, app_role=APP_ROLE)
        with Session(other.engine) as session, pytest.raises(DomainError, match="nobody has read the rails back"):
            require_unfrozen(session)
    finally:
        stop(other)


def test_without_its_keys_a_backup_is_restored_only_on_demand(backup: Path, folder: Path) -> None:
    settings = settings_of(folder)
    (folder / "audit_key.pem").unlink()
    (folder / "webhook_key").write_text("another")
    with pytest.raises(DatabaseError) as refusal:
        restore_backup(settings, backup, silent)
    assert "AUDIT_KEY_FILE: the file" in str(refusal.value)
    assert "is another key than the one" in str(refusal.value)
    assert not (folder / "postgres").exists()
    restore_backup(settings, backup, silent, without_keys=True)
    again = start(folder)
    with Session(again.engine) as session:
        assert session.execute(text("SELECT count(*) FROM payout")).scalar_one() == 3
    stop(again)


def test_bytes_that_the_storage_lost_or_altered_are_no_backup(market: Running, tmp_path: Path) -> None:
    with market.engine.connect() as connection:
        (key,) = connection.execute(text("SELECT storage_key FROM media")).scalars()
    path = Path(market.settings.media_url) / key
    content = path.read_bytes()
    for name, damage, message in (
        ("altered", lambda: path.write_bytes(b"no image"), "is not what the database says"),
        ("lost", path.unlink, "lacks"),
    ):
        damage()
        try:
            with pytest.raises(DatabaseError, match=message):
                make_backup(market.settings, tmp_path / name, silent)
        finally:
            path.write_bytes(content)
        with pytest.raises(DatabaseError, match="broke off"):
            manifest.read(tmp_path / name)
