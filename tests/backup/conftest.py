"""A market on a server of its own, which works on while it is backed up; backups and restores of it."""

import io
import lzma
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine

from marketplace.audit.keys import load_signer
from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE, UNSAFE_SETTINGS, EmbeddedServer
from marketplace.db.engine import make_engine, snapshot, transaction
from marketplace.db.keyring import load_keys
from marketplace.db.programs import Programs, find_programs, make_reachable, system_user
from marketplace.entrypoints.backup.making import make_backup
from marketplace.exports.keeping import keep_books
from marketplace.gateways.choosing import make_storage
from marketplace.jobs.media import store_media
from marketplace.notifications.vault import load_vault
from marketplace.settings import Settings
from tests.builders.payouts import Finance, make_approved_run, make_due_chain, make_finance

SQL_OF_0051 = Path(__file__).with_name("market_0051.sql.xz")
"""A market of the release whose tables stood at 0051, by pg_dump of PostgreSQL 16: payouts reconciled, settled,
approved and unknown, pay due and deferred."""


def settings_of(folder: Path) -> Settings:
    return Settings.from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "warning"})


@dataclass
class Running:
    """An embedded market and the people in it."""

    settings: Settings
    server: EmbeddedServer
    engine: Engine
    people: list[Finance] = field(default_factory=list)

    @property
    def finance(self) -> Finance:
        return self.people[0]


def start(folder: Path) -> Running:
    server = EmbeddedServer(folder, settings=UNSAFE_SETTINGS)
    urls = server.start()
    return Running(settings_of(folder), server, _engine(urls.app, folder))


def _engine(url: str, folder: Path) -> Engine:
    return make_engine(url, application_name="tests", pool_size=10, keys=load_keys(settings_of(folder)))


def stop(market: Running) -> None:
    market.engine.dispose()
    market.server.stop()


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With an approved payout run, an image, the books of a month, and all its keys."""
    running = start(tmp_path_factory.mktemp("market"))
    migrate.upgrade(running.server.urls.owner, app_role=APP_ROLE)
    load_signer(running.settings), load_vault(running.settings), running.settings.load_secret_key()
    with transaction(running.engine) as session:
        chain = make_due_chain(session, items=5, items_per_task=5)
        running.people.append(make_finance(session))
        make_approved_run(session, running.finance)
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
        picture.seek(0)
        store_media(session, chain.client, make_storage(running.settings.media_url), picture, "teal.png")
    storage = make_storage(running.settings.media_url)
    assert keep_books(lambda: transaction(running.engine), lambda: snapshot(running.engine), storage)
    yield running
    stop(running)


@pytest.fixture(scope="module")
def backup(market: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("backups") / "one"
    make_backup(market.settings, target, lambda _: None)
    return target


@pytest.fixture
def folder(market: Running, tmp_path: Path) -> Path:
    """A data folder that holds nothing but the market's keys."""
    made = tmp_path / "data"
    made.mkdir()
    for name in ("secret_key", "audit_key.pem", "webhook_key", "payee_key"):
        shutil.copy(market.settings.data_dir / name, made / name)
    return made


@pytest.fixture
def old_market(tmp_path: Path) -> Iterator[Running]:
    """The market of release 0051 on PostgreSQL 16, as its embedded server left it."""
    folder = tmp_path / "old"
    folder.mkdir()
    server = EmbeddedServer(folder, settings=UNSAFE_SETTINGS)
    newest = find_programs(server.folder).bin
    old = Programs(newest.parents[1] / "pginstall" / "bin")
    user = system_user()
    for path in (folder, old.bin):
        make_reachable(path, user)
    made = folder / "postgres"
    made.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(made, user.pw_uid, user.pw_gid)
    arguments = [
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--username=postgres",
        "--no-sync",
        f"--pgdata={made}",
    ]
    assert old.run("initdb", arguments, user).returncode == 0
    urls = server.start()
    subprocess.run(
        [old.bin / "psql", "--quiet", "--set=ON_ERROR_STOP=1", urls.owner],
        input=lzma.decompress(SQL_OF_0051.read_bytes()),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    # The dump gives the serving role no rights: `migrate.upgrade` does.
    running = Running(settings_of(folder), server, make_engine(urls.owner, application_name="tests"))
    yield running
    stop(running)
